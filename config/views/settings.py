"""Settings: what the organization is called, its time zone and language; what is fixed, and why."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from credits.models import Lot
from subscriptions import permissions, profile
from subscriptions.forms import ZONES, ProfileForm
from subscriptions.permissions import Action, OrganizationRequest


@permissions.required(Action.VIEW)
def organization_settings(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Everybody sees them; an owner changes them."""
    may_change = permissions.may(request.membership, Action.CHANGE_SETTINGS)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    before = profile.profile_of(request.organization)
    start = {"name": before.name, "time_zone": before.time_zone, "language": before.language}
    form = ProfileForm(request.POST or None, initial=start)
    if form.is_valid():
        changed = profile.change(request.organization, form.profile(), actor=request.user, now=timezone.now())
        messages.success(request, _("The settings were saved.") if changed else _("Nothing was different."))
        return redirect("organization_settings", slug)
    context = {"form": form, "may_change": may_change, "zones": ZONES, **_facts(request)}
    with timezone.override(request.organization.zone):
        return render(request, "settings/organization.html", context)


def _facts(request: OrganizationRequest) -> dict[str, Any]:
    """Who may change them; since when the currency is fixed; what time it is."""
    lots = Lot.objects.filter(account__organization=request.organization)
    return {
        "keepers": permissions.keepers(request, Action.CHANGE_SETTINGS),
        "may_keys": permissions.may(request.membership, Action.MANAGE_KEYS),
        "first_lot": lots.order_by("purchased_at", "pk").first(),
        "now": timezone.now(),
    }
