"""What can be subscribed to, what a plan brings, and which licence a feature needs."""

from datetime import datetime
from typing import Any

from babel import Locale
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.views.decorators.http import require_safe

from subscriptions import licences, licensing, markets, offers, permissions
from subscriptions.entitlements import SAME_AS
from subscriptions.models import Organization, Plan, PlanMinutes, PlanPrice
from subscriptions.offers import Shelf
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import page


@permissions.required(Action.VIEW)
@require_safe
def plans(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Add subscriptions: plans and pricing in the organization's country, or in one that the address names."""
    asked = request.GET.get("country", "")
    country = asked if asked in markets.COUNTRIES else request.organization.country
    context = {
        "shelves": offers.shelves(request.organization, at=timezone.now(), country=country),
        "country": country,
        "countries": _countries(request.organization.country),
        "may_order": permissions.may(request.membership, Action.ORDER_PLANS),
        "may_add_funds": permissions.may(request.membership, Action.ADD_FUNDS),
        "keepers": permissions.keepers(request, Action.ORDER_PLANS),
    }
    return page.show(request, "plans", context)


def _countries(own: str) -> list[tuple[str, str]]:
    """The countries of the availability list and the organization's own, by name in the language of the page."""
    names = Locale.parse(to_locale(get_language() or "en")).territories
    return sorted(((code, names.get(code, code)) for code in {*markets.COUNTRIES, own}), key=lambda each: each[1])


@permissions.required(Action.VIEW)
@require_safe
def plan(request: OrganizationRequest, slug: str, code: str) -> HttpResponse:
    """One plan: what a licence brings where, what goes with it, its prices, and what there is of it."""
    found, now = get_object_or_404(Plan, code=code), timezone.now()
    if code in SAME_AS:
        return redirect("subscriptions:plan", slug, SAME_AS[code])
    stock = request.organization.subscriptions.filter(plan=found).first()
    context = {
        **_told(request.organization, found, now=now),
        "subscription": stock,
        "may_order": permissions.may(request.membership, Action.ORDER_PLANS),
        "may_assign": permissions.may(request.membership, Action.ASSIGN_LICENCES),
        "keepers": permissions.keepers(request, Action.ORDER_PLANS),
    }
    return page.show(request, "plan", context)


def _told(organization: Organization, found: Plan, *, now: datetime) -> dict[str, Any]:
    shelves = offers.shelves(organization, at=now)
    holdings = licences.holdings(organization, at=now)
    minutes = PlanMinutes.objects.in_force(on=now.date()).filter(plan=found)
    return {
        "offer": next(each for shelf in shelves for each in shelf.offers if each.plan == found),
        "minutes": sorted(minutes, key=lambda each: (not each.usage_location, each.usage_location)),
        "prices": PlanPrice.objects.filter(plan=found, currency=organization.currency).order_by("-effective_on"),
        "prerequisites": licensing.prerequisites(found.code, holdings, _spare(shelves)),
        "today": now.date(),
    }


@permissions.required(Action.VIEW)
@require_safe
def licensing_table(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Which licences each feature needs, whether somebody here has them, and what to do where nobody has."""
    now = timezone.now()
    holdings = licences.holdings(request.organization, at=now)
    spare = _spare(offers.shelves(request.organization, at=now))
    context = {
        "topics": licensing.table(holdings, spare),
        "may_order": permissions.may(request.membership, Action.ORDER_PLANS),
        "may_assign": permissions.may(request.membership, Action.ASSIGN_LICENCES),
    }
    return page.show(request, "licensing", context)


def _spare(shelves: list[Shelf]) -> dict[str, int | None]:
    """For each licence code, how many nobody has yet."""
    return {offer.plan.code: offer.free for shelf in shelves for offer in shelf.offers}
