"""Usage and pools in the back office: to read only. A mistake is mended by the rules, with another row."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rating import explaining
from rating.admin.reading import ReadOnly
from rating.models import PoolUse, QuarantinedRow, UsageFile, UsageRecord


@admin.register(UsageFile)
class UsageFileAdmin(ReadOnly):
    """Imports, with the counts of their last line."""

    list_display = ("name", "organization", "imported_at", "rows", "new", "repeated", "quarantined")
    list_filter = (("imported_at", admin.DateFieldListFilter), "organization")
    list_select_related = ("organization",)
    search_fields = ("name__startswith", "checksum__exact", "organization__slug__exact")
    search_help_text = _("The beginning of a file's name, its SHA-256, or an organization's short name.")


@admin.register(UsageRecord)
class UsageRecordAdmin(ReadOnly):
    """Calls and what became of them."""

    list_display = (
        "usage_id",
        "organization",
        "started_at",
        "subscriber",
        "call_type",
        "destination",
        "seconds",
        "minutes",
        "covered_minutes",
        "charge",
        "state",
    )
    list_filter = ("state", ("started_at", admin.DateFieldListFilter), "unlicensed", "licence_differs", "organization")
    list_select_related = ("organization", "subscriber")
    search_fields = ("usage_id__exact", "call_id__exact", "destination__startswith", "organization__slug__exact")
    search_help_text = _("A usage id, a call id, the beginning of a number, or an organization's short name.")
    change_form_template = "admin/rating/usagerecord/change_form.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        record = self.get_object(request, object_id)
        explanation = explaining.of(record, numbers=True) if isinstance(record, UsageRecord) else None
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "explanation": explanation})


@admin.register(QuarantinedRow)
class QuarantinedRowAdmin(ReadOnly):
    """Rows of files that could not be taken, and why."""

    list_display = ("file", "line", "column", "given", "reason")
    list_filter = (("file__imported_at", admin.DateFieldListFilter), "column")
    list_select_related = ("file",)
    search_fields = ("file__name__startswith", "reason__startswith")
    search_help_text = _("The beginning of a file's name or of a reason.")


@admin.register(PoolUse)
class PoolUseAdmin(ReadOnly):
    """Minutes used of each pool, month by month."""

    list_display = ("pool", "organization", "month", "used")
    list_filter = ("month", "organization")
    list_select_related = ("organization",)
    search_fields = ("pool__startswith", "organization__slug__exact")
    search_help_text = _("The beginning of a pool's name, or an organization's short name.")
