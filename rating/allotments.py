"""What licences bring: whose call may draw on which minutes, and the pools as the database has them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from django.db.models import Count, F, Value

from rating import pools, zones
from rating.models import PoolUse
from rating.notices import Level
from rating.pools import Parts, Pools
from subscriptions.models import Licence, Organization, PlanMinutes


class Held(NamedTuple):
    """A licence as a call sees it: held from a day (none: ever since) until before another (none: still)."""

    plan_id: int
    code: str
    pooled: bool
    assigned_on: date | None
    removed_on: date | None

    def on(self, day: date) -> bool:
        """If it is held on that day."""
        begun = self.assigned_on is None or self.assigned_on <= day
        return begun and (self.removed_on is None or day < self.removed_on)


class _Catalogue:
    """The dated minutes of all plans, read once."""

    def __init__(self) -> None:
        self._newest_first: dict[tuple[int, str], list[PlanMinutes]] = {}
        for row in PlanMinutes.objects.order_by("-effective_on"):
            self._newest_first.setdefault((row.plan_id, row.usage_location), []).append(row)

    def minutes(self, plan_id: int, location: str, month: date) -> PlanMinutes:
        """What one licence brings at that location in that month; a blank location in the data means elsewhere."""
        for place in (location, zones.pool_location(location), ""):
            for row in self._newest_first.get((plan_id, place), []):
                if row.effective_on <= month:
                    return row
        return PlanMinutes()


class Share(NamedTuple):
    """What the holders of a plan at one usage location bring: so many minutes each, to a pool or for themselves."""

    month: date
    pool: str
    pooled: bool
    holders: int
    minutes: int


class Allotments:
    """The minutes of an organization in the months of some calls, and the licences of those who made them.

    Read under the account's lock, changed in memory by `take`, stored by `store`; five statements in all. With `used`
    the pools begin with that use, by (month, pool), instead of what the database has.
    """

    def __init__(
        self,
        organization: Organization,
        *,
        months: Collection[date],
        subscriber_ids: Iterable[int],
        used: Mapping[tuple[date, str], int] | None = None,
    ) -> None:
        self.organization = organization
        self._catalogue = _Catalogue()
        self._licences = _licences_of(subscriber_ids)
        self._pools = Pools()
        self._measure(months)
        if used is not None:
            self._pools.used.update(used)
            return
        for use in PoolUse.objects.filter(organization=organization, month__in=months):
            self._pools.used[use.month, use.pool] = use.used
            self._pools.held[use.month, use.pool] = use.held

    def _measure(self, months: Collection[date]) -> None:
        """Add up what the licences held in each month bring to the shared pools."""
        for share in _shares(self.organization, months, self._catalogue):
            if share.pooled:
                self._pools.sizes[share.month, share.pool] += share.holders * share.minutes

    def held(self, subscriber_id: int | None, *, on: date) -> list[Held]:
        """The licences the subscriber holds on that day; none for nobody."""
        return [licence for licence in self._licences.get(subscriber_id or 0, []) if licence.on(on)]

    def of_plans(self, subscriber_id: int, location: str, *, domestic: bool, on: date) -> tuple[str, ...]:
        """The names of the pools a call of that day may draw on: the subscriber's own first, then by plan code."""
        month = on.replace(day=1)
        names = []
        for licence in sorted(self.held(subscriber_id, on=on), key=lambda one: (one.pooled, one.code)):
            brings = self._catalogue.minutes(licence.plan_id, location, month)
            size = brings.domestic if domestic else brings.international
            if not size:
                continue
            owner = None if licence.pooled else subscriber_id
            name = pools.name_of(location, licence.code, domestic=domestic, owner=owner)
            if owner is not None:
                self._pools.sizes[month, name] = size
            names.append(name)
        return tuple(names)

    def of_conferences(self, organizer_id: int, location: str, *, on: date) -> tuple[str, ...]:
        """The conference pool, if the organizer's licences bring any minutes to it on that day."""
        held = self.held(organizer_id, on=on)
        month = on.replace(day=1)
        if any(self._catalogue.minutes(licence.plan_id, location, month).conference for licence in held):
            return (pools.CONFERENCE,)
        return ()

    def take(self, names: tuple[str, ...], minutes: int, *, on: date) -> Parts:
        """Use up to so many minutes for a call of that day, from the pools in the order given; how many of which."""
        return self._pools.take(on.replace(day=1), names, minutes)

    def hold(self, names: tuple[str, ...], minutes: int, *, on: date) -> Parts:
        """Keep up to so many minutes for a call of that day that is still going on; how many of which there were."""
        return self._pools.hold(on.replace(day=1), names, minutes)

    def release(self, parts: Parts, *, on: date) -> None:
        """Give back what was kept for a call of that day. Raises ValueError for more than is held."""
        self._pools.release(on.replace(day=1), parts)

    @property
    def used(self) -> Counter[tuple[date, str]]:
        """The minutes used by now, by (month, pool)."""
        return self._pools.used

    def store(self) -> None:
        """Write down the use of the pools that were changed."""
        held, used = self._pools.held, self._pools.used
        PoolUse.objects.bulk_create(
            [
                PoolUse(organization=self.organization, month=key[0], pool=key[1], used=used[key], held=held[key])
                for key in sorted(self._pools.touched)
            ],
            update_conflicts=True,
            unique_fields=["organization", "month", "pool"],
            update_fields=["used", "held"],
        )

    def levels(self) -> list[Level]:
        """How full each pool that was changed is now."""
        sizes, used = self._pools.sizes, self._pools.used
        return [Level(*key, used[key], sizes[key]) for key in sorted(self._pools.touched) if used[key]]


def _licences_of(subscriber_ids: Iterable[int]) -> dict[int, list[Held]]:
    rows = Licence.objects.filter(subscriber_id__in=set(subscriber_ids)).values_list(
        "subscriber_id", "plan_id", "plan__code", "plan__pooled", "assigned_on", "removed_on"
    )
    found: dict[int, list[Held]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Held(*row[1:]))
    return found


def _counts(organization: Organization, months: Collection[date]) -> list[tuple[date, int, str, bool, str, int]]:
    """(month, plan id, code, pooled, location, subscribers who hold it in that month), in one statement."""
    each = [
        Licence.objects.active_in_month(month)
        .filter(subscriber__organization=organization)
        .annotate(month=Value(month), location=F("subscriber__usage_location"))
        .values_list("month", "plan_id", "plan__code", "plan__pooled", "location")
        .annotate(Count("subscriber", distinct=True))
        for month in sorted(months)
    ]
    return list(each[0].union(*each[1:], all=True)) if each else []


def shares(organization: Organization, *, month: date) -> list[Share]:
    """What the licences held at any time of the calendar month (UTC) bring; two statements."""
    return list(_shares(organization, [month], _Catalogue()))


def _shares(organization: Organization, months: Collection[date], catalogue: _Catalogue) -> Iterator[Share]:
    for month, plan_id, code, pooled, location, held in _counts(organization, months):
        each = catalogue.minutes(plan_id, location, month)
        brings = {
            pools.CONFERENCE: each.conference,
            pools.name_of(location, code, domestic=True): each.domestic,
            pools.name_of(location, code, domestic=False): each.international,
        }
        if code == pools.DIAL_OUT_US_CA:
            yield Share(month, code, False, held, 0)
        for name, minutes in brings.items():
            if minutes:
                yield Share(month, name, pooled or name == pools.CONFERENCE, held, minutes)
