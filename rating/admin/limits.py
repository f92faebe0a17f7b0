"""Limits and refused calls in the back office: to read only. The organization sets its limits itself."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from rating.admin.reading import ReadOnly
from rating.models import BlockedCall, BlockedDestination, DialOutPolicy, SpendLimit


@admin.register(SpendLimit)
class SpendLimitAdmin(ReadOnly):
    """The most that calls may cost in a month."""

    list_display = ("organization", "subscriber", "department", "amount", "changed_at", "changed_by")
    list_filter = ("organization",)
    list_select_related = ("organization", "subscriber", "changed_by")
    search_fields = ("organization__slug__exact", "department__startswith", "subscriber__upn__startswith")
    search_help_text = _("An organization's short name, or the beginning of a department or UPN.")


@admin.register(DialOutPolicy)
class DialOutPolicyAdmin(ReadOnly):
    """Where calls and dial-out from conferences may go."""

    list_display = ("organization", "subscriber", "conferences", "calls", "changed_at", "changed_by")
    list_filter = ("conferences", "calls", "organization")
    list_select_related = ("organization", "subscriber", "changed_by")
    search_fields = ("organization__slug__exact", "subscriber__upn__startswith")
    search_help_text = _("An organization's short name, or the beginning of a UPN.")


@admin.register(BlockedDestination)
class BlockedDestinationAdmin(ReadOnly):
    """Numbers that are not called."""

    list_display = ("prefix", "organization", "note", "created_at", "created_by")
    list_filter = ("organization",)
    list_select_related = ("organization", "created_by")
    search_fields = ("prefix__startswith", "organization__slug__exact")
    search_help_text = _("The beginning of a number, or an organization's short name.")


@admin.register(BlockedCall)
class BlockedCallAdmin(ReadOnly):
    """Calls that were refused before they began."""

    list_display = ("at", "organization", "subscriber", "call_type", "caller", "destination", "reason")
    list_filter = ("reason", ("at", admin.DateFieldListFilter), "organization")
    list_select_related = ("organization", "subscriber")
    search_fields = ("session_key__exact", "destination__startswith", "organization__slug__exact")
    search_help_text = _("A session, the beginning of a number, or an organization's short name.")
