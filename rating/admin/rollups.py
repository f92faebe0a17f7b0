"""Usage by day in the back office: to read only. The sweep builds it, and charging keeps it."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from rating.admin.reading import ReadOnly
from rating.models import RollUp, UsageDay


@admin.register(RollUp)
class RollUpAdmin(ReadOnly):
    """Whose days are built, and in which time zone."""

    list_display = ("organization", "time_zone", "built_at")
    list_select_related = ("organization",)
    search_fields = ("organization__slug__exact",)
    search_help_text = _("An organization's short name.")


@admin.register(UsageDay)
class UsageDayAdmin(ReadOnly):
    """The calls of a day that came to the same end."""

    list_display = ("on", "organization", "call_type", "country", "state", "calls", "minutes", "charge")
    list_filter = ("state", "call_type", "organization")
    list_select_related = ("organization",)
    ordering = ("-on", "organization", "call_type", "country", "state")
    search_fields = ("organization__slug__exact",)
    search_help_text = _("An organization's short name.")
