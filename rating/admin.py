"""Decks, usage and pools in the back office: to read only. A mistake is mended by the rules, with another row."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from rating.models import PoolUse, QuarantinedRow, Rate, RateDeck, UsageFile, UsageRecord
from subscriptions.unwritable import Unwritable

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


class ReadOnly(Unwritable, Base):
    """Rows that only rules write. Long lists are not counted a second time."""

    show_full_result_count = False
    list_per_page = 50


@admin.register(RateDeck)
class RateDeckAdmin(ReadOnly):
    """Price lists; a published one stands as it is."""

    list_display = ("name", "service", "currency", "effective_on", "sample", "published_at")
    list_filter = ("service", "currency", "sample", ("published_at", admin.EmptyFieldListFilter))
    search_fields = ("name__istartswith", "checksum__exact")
    search_help_text = _("The beginning of a name, or a file's SHA-256.")


@admin.register(Rate)
class RateAdmin(ReadOnly):
    """Rows of the decks. Found by the beginning of a prefix, so that a search stays quick in long decks."""

    list_display = ("prefix", "country", "destination", "kind", "per_minute", "connection_fee", "deck")
    list_filter = ("deck", "kind")
    list_select_related = ("deck",)
    search_fields = ("prefix__startswith", "country__exact", "destination__startswith")
    search_help_text = _("The beginning of a prefix or of a destination, or a country's two letters.")


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
