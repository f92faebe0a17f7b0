"""The catalogue as one organization sees it: what each plan brings there, costs, and how many are held."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscriptions import licences
from subscriptions.entitlements import BRINGS, SAME_AS, Capability
from subscriptions.models import Organization, Plan, PlanMinutes, PlanPrice


@dataclass(frozen=True)
class Offer:
    """One plan. `minutes` are those of a licence used in the organization's country, `price` is per licence and month
    in the organization's currency; either is missing where the catalogue has none. `held` counts subscribers."""

    plan: Plan
    minutes: PlanMinutes | None
    price: PlanPrice | None
    with_credits: Promise | str
    held: int


@dataclass(frozen=True)
class Shelf:
    """The offers of one category, in the catalogue's order."""

    category: Plan.Category
    offers: tuple[Offer, ...]


#: What a balance adds to a plan (trade, what draws on the balance); the first capability that fits speaks.
_WITH_CREDITS: Final = (
    (Capability.PAY_PER_MINUTE, _("Every minute of dialing in and dialing out.")),
    (Capability.AUDIO_CONFERENCING, _("Dial-in on toll-free numbers, and dial-out to anywhere and past the minutes.")),
    (Capability.PAY_AS_YOU_GO, _("Every outgoing call, per minute.")),
    (Capability.INTERNATIONAL_PLAN, _("Calls once the minutes are used up.")),
    (Capability.CALLING_PLAN, _("International calls, and domestic calls once the minutes are used up.")),
    (Capability.PHONE_SYSTEM, _("Toll-free numbers of auto attendants and call queues.")),
)


def shelves(organization: Organization, *, at: datetime) -> list[Shelf]:
    """The whole catalogue by category. Two codes of one product are one offer, its holders those of both."""
    day = at.date()
    prices = PlanPrice.objects.in_force(on=day).filter(currency=organization.currency)
    price_of = {price.plan_id: price for price in prices}
    minutes_of = _minutes_of(organization, at=at)
    held = _held(organization, at=at)
    offers = [
        Offer(plan, minutes_of.get(plan.pk), price_of.get(plan.pk), _with_credits(plan), held.get(plan.code, 0))
        for plan in Plan.objects.exclude(code__in=SAME_AS)
    ]
    order = list(Plan.Category)
    offers.sort(key=lambda offer: order.index(Plan.Category(offer.plan.category)))
    return [
        Shelf(Plan.Category(name), tuple(group)) for name, group in groupby(offers, lambda each: each.plan.category)
    ]


def _minutes_of(organization: Organization, *, at: datetime) -> Mapping[int, PlanMinutes]:
    """Each plan's allotment in the organization's country; where the country has none of its own, everywhere else's."""
    in_force = PlanMinutes.objects.in_force(on=at.date()).filter(usage_location__in=("", organization.country))
    return {minutes.plan_id: minutes for minutes in sorted(in_force, key=lambda each: each.usage_location)}


def _held(organization: Organization, *, at: datetime) -> dict[str, int]:
    counts: dict[str, int] = {}
    for code, count in licences.holders(organization, at=at).items():
        name = SAME_AS.get(code, code)
        counts[name] = counts.get(name, 0) + count
    return counts


def _with_credits(plan: Plan) -> Promise | str:
    return next((words for capability, words in _WITH_CREDITS if plan.code in BRINGS[capability]), "")
