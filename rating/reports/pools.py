"""The pools of minutes of one month: what licences brought, what is used, kept for live calls, and left."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from rating import allotments, pools
from rating.models import PoolUse
from rating.notices import LOW
from subscriptions.models import Organization, Plan


@dataclass(frozen=True, slots=True)
class PoolRow:
    """One pool, in minutes; with `owners` the minutes of so many subscribers, each of whom has only their own.

    `total` is None where there is no limit. The pools of the whole organization have no location.
    """

    location: str
    counter: str
    capability: str
    description: str
    total: int | None
    used: int
    held: int
    owners: int = 0

    @property
    def available(self) -> int | None:
        """What is left for new calls; None where there is no limit."""
        return None if self.total is None else max(0, self.total - self.used - self.held)

    @property
    def percent(self) -> int:
        """How much of it is used, in whole per cent; 100 only when nothing is left. Nothing where there is no limit."""
        if self.total is None or not self.used:
            return 0
        return min(100, self.used * 100 // self.total) if self.total else 100

    @property
    def is_used_up(self) -> bool:
        """If calls of this kind are paid from credits by now."""
        return self.percent == 100

    @property
    def is_low(self) -> bool:
        """If it is nearly used up: the point at which the organization is told."""
        return LOW <= self.percent < 100


def minute_pools(organization: Organization, *, month: date) -> list[PoolRow]:
    """The pools of that calendar month (UTC), which is its first day: conference first, then by location and plan.

    A pool that nobody has licences for any more is there as long as it was used. Four statements, however many.
    """
    totals: Counter[str] = Counter()
    owners: Counter[str] = Counter()
    for share in allotments.shares(organization, month=month):
        totals[share.pool] += share.holders * share.minutes
        owners[share.pool] += 0 if share.pooled or share.pool == pools.DIAL_OUT_US_CA else share.holders
    used, held = _use(organization, month)
    plans = {plan.code: plan for plan in Plan.objects.all()}
    names = sorted(totals.keys() | used.keys() | held.keys(), key=lambda name: _place(name, plans))
    return [_row(name, totals, used, held, owners, plans) for name in names]


def _use(organization: Organization, month: date) -> tuple[Counter[str], Counter[str]]:
    """Minutes used and held by pool; subscribers' own are added up."""
    used: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for use in PoolUse.objects.filter(organization=organization, month=month):
        used[pools.without_owner(use.pool)] += use.used
        held[pools.without_owner(use.pool)] += use.held
    return used, held


def _row(
    name: str,
    totals: Counter[str],
    used: Counter[str],
    held: Counter[str],
    owners: Counter[str],
    plans: dict[str, Plan],
) -> PoolRow:
    named = pools.named(name)
    plan = plans.get(named.plan or "MCOMEETADD")
    return PoolRow(
        location=named.location,
        counter=named.counter,
        capability=named.plan or "MCOMEETADD",
        description=plan.title if plan else named.plan,
        total=None if name == pools.DIAL_OUT_US_CA else totals[name],
        used=used[name],
        held=held[name],
        owners=owners[name],
    )


def _place(name: str, plans: dict[str, Plan]) -> tuple[bool, str, int, str]:
    named = pools.named(name)
    plan = plans.get(named.plan)
    return bool(named.location), named.location, plan.position if plan else 0, name
