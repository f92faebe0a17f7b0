"""Live calls in the back office: to read only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from rating.admin.reading import ReadOnly
from rating.models import CallRequest, CallSession


@admin.register(CallSession)
class CallSessionAdmin(ReadOnly):
    """Calls that were authorized, and what each keeps."""

    list_display = (
        "key",
        "organization",
        "state",
        "subscriber",
        "call_type",
        "destination",
        "started_at",
        "expires_at",
    )
    list_filter = ("state", ("started_at", admin.DateFieldListFilter), "organization")
    list_select_related = ("organization", "subscriber")
    search_fields = ("key__exact", "destination__startswith", "organization__slug__exact")
    search_help_text = _("A session, the beginning of a number, or an organization's short name.")


@admin.register(CallRequest)
class CallRequestAdmin(ReadOnly):
    """Every request for a call, with its answer."""

    list_display = ("session_key", "number", "kind", "organization", "at")
    list_filter = ("kind", ("at", admin.DateFieldListFilter), "organization")
    list_select_related = ("organization",)
    search_fields = ("session_key__exact", "organization__slug__exact")
    search_help_text = _("A session, or an organization's short name.")
