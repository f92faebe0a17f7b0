"""The catalogue as one organization sees it: what each plan brings there, costs, where it is sold, and what is had of
it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscriptions import licences, periods
from subscriptions.entitlements import BRINGS, SAME_AS, Capability
from subscriptions.models import Organization, Plan, PlanMinutes, PlanPrice, Subscription


@dataclass(frozen=True)
class Offer:
    """One plan. `minutes` are those of a licence used in the country shown, `price` is per licence and month in the
    organization's currency; either is missing where the catalogue has none. `sold` says if the plan is, in the country
    shown. `held` counts subscribers, `free` the licences that nobody has yet (none: not limited in number)."""

    plan: Plan
    minutes: PlanMinutes | None
    price: PlanPrice | None
    with_credits: Promise | str
    sold: bool
    held: int
    free: int | None


@dataclass(frozen=True)
class Shelf:
    """The offers of one category, in the catalogue's order."""

    category: Plan.Category
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Stock:
    """A subscription, how many people hold its licence, and the day on which its next month begins."""

    subscription: Subscription
    assigned: int
    renews_on: date

    @property
    def free(self) -> int | None:
        """Licences that nobody has yet; none means that they are not limited in number."""
        quantity = self.subscription.quantity
        return None if quantity is None else max(quantity - self.assigned, 0)

    @property
    def over(self) -> bool:
        """If it has been cancelled and has ended."""
        return self.subscription.state == Subscription.State.CANCELLED


#: What a balance adds to a plan (trade, what draws on the balance); the first capability that fits speaks.
_WITH_CREDITS: Final = (
    (Capability.PAY_PER_MINUTE, _("Every minute of dialing in and dialing out.")),
    (Capability.AUDIO_CONFERENCING, _("Dial-in on toll-free numbers, and dial-out to anywhere and past the minutes.")),
    (Capability.PAY_AS_YOU_GO, _("Every outgoing call, per minute.")),
    (Capability.INTERNATIONAL_PLAN, _("Calls once the minutes are used up.")),
    (Capability.CALLING_PLAN, _("International calls, and domestic calls once the minutes are used up.")),
    (Capability.PHONE_SYSTEM, _("Toll-free numbers of auto attendants and call queues.")),
)


def shelves(organization: Organization, *, at: datetime, country: str = "") -> list[Shelf]:
    """The whole catalogue by category, as it is sold in the country (the organization's own, unless another is named).

    Two codes of one product are one offer, its holders those of both.
    """
    offers = _offers(organization, at=at, country=country or organization.country)
    order = list(Plan.Category)
    offers.sort(key=lambda offer: order.index(Plan.Category(offer.plan.category)))
    return [
        Shelf(Plan.Category(name), tuple(group)) for name, group in groupby(offers, lambda each: each.plan.category)
    ]


def offer_of(organization: Organization, plan: Plan, *, at: datetime) -> Offer:
    """One plan, or the one whose other code it is, as the organization is offered it."""
    code = SAME_AS.get(plan.code, plan.code)
    return next(each for each in _offers(organization, at=at, country=organization.country) if each.plan.code == code)


def stocks(organization: Organization, *, at: datetime) -> list[Stock]:
    """What the organization has and had of plans, in the catalogue's order, what is over last; credits apart."""
    assigned = licences.holders(organization, at=at)
    own = organization.subscriptions.exclude(plan__category=Plan.Category.CREDITS).select_related("plan")
    found = [
        Stock(each, assigned.get(each.plan.code, 0), _renews_on(each, organization, at=at))
        for each in own.order_by("plan__position", "plan__code")
    ]
    return sorted(found, key=lambda stock: stock.over)


def stock_of(subscription: Subscription, *, at: datetime) -> Stock:
    """What there is of one subscription, whose plan and organization are read already."""
    organization = subscription.organization
    assigned = licences.holders(organization, at=at).get(subscription.plan.code, 0)
    return Stock(subscription, assigned, _renews_on(subscription, organization, at=at))


def _renews_on(subscription: Subscription, organization: Organization, *, at: datetime) -> date:
    return periods.month_end(subscription.started_at, at, organization.zone).astimezone(organization.zone).date()


def _offers(organization: Organization, *, at: datetime, country: str) -> list[Offer]:
    prices = PlanPrice.objects.in_force(on=at.date()).filter(currency=organization.currency)
    price_of = {price.plan_id: price for price in prices}
    minutes_of = _minutes_of(country, at=at)
    held = _by_product(licences.holders(organization, at=at))
    ordered = _ordered(organization)
    return [
        Offer(
            plan,
            minutes_of.get(plan.pk),
            price_of.get(plan.pk),
            _with_credits(plan),
            plan.is_sold_in(country),
            held.get(plan.code, 0),
            _free(plan, ordered.get(plan.code, 0), held.get(plan.code, 0)),
        )
        for plan in Plan.objects.exclude(code__in=SAME_AS)
    ]


def _minutes_of(country: str, *, at: datetime) -> Mapping[int, PlanMinutes]:
    """Each plan's allotment in the country; where the country has none of its own, everywhere else's."""
    in_force = PlanMinutes.objects.in_force(on=at.date()).filter(usage_location__in=("", country))
    return {minutes.plan_id: minutes for minutes in sorted(in_force, key=lambda each: each.usage_location)}


def _ordered(organization: Organization) -> dict[str, int | None]:
    """The licences of each product's active subscriptions; none: not limited in number."""
    active = organization.subscriptions.filter(state=Subscription.State.ACTIVE)
    counts: dict[str, int | None] = {}
    for code, quantity in active.values_list("plan__code", "quantity"):
        name = SAME_AS.get(code, code)
        before = counts.get(name, 0)
        counts[name] = None if before is None or quantity is None else before + quantity
    return counts


def _free(plan: Plan, ordered: int | None, held: int) -> int | None:
    """Licences of Communications Credits are not limited in number, whether or not there is a subscription yet."""
    unlimited = ordered is None or plan.category == Plan.Category.CREDITS
    return None if unlimited else max((ordered or 0) - held, 0)


def _by_product(counts: Mapping[str, int]) -> dict[str, int]:
    summed: dict[str, int] = defaultdict(int)
    for code, count in counts.items():
        summed[SAME_AS.get(code, code)] += count
    return summed


def _with_credits(plan: Plan) -> Promise | str:
    return next((words for capability, words in _WITH_CREDITS if plan.code in BRINGS[capability]), "")
