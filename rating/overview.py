"""What the calls that somebody asked for come to: in all, by day and service, by destination, by person.

From the days of usage where these can say it, whatever the number of calls; else from the calls, as long as they are
not too many to be counted while somebody waits.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import Count, IntegerField, QuerySet, Sum, Value
from django.db.models.functions import TruncDate

from rating import calls, listing, rollups
from rating.listing import Wanted
from rating.models import UsageRecord
from subscriptions.models import Organization, Subscriber

#: So many calls are counted one by one; with more the filter has to be narrower for figures.
MOST: Final = 100_000
_COLUMNS: Final = ("on", "call_type", "country", "state", "calls", "minutes", "covered_minutes", "charge")
_SUMS: Final = """
    WITH given ("on", call_type, country, state, calls, minutes, covered, charge) AS ({given})
    SELECT GROUPING("on"), GROUPING(country), "on", call_type, country, coalesce(sum(calls), 0),
           coalesce(sum(minutes), 0), coalesce(sum(covered), 0), coalesce(sum(charge), 0),
           coalesce(sum(calls) FILTER (WHERE state = 'waiting'), 0)
      FROM given GROUP BY GROUPING SETS ((), ("on", call_type), (country))"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What calls come to: how many, their billed minutes, how many of these a plan covered, the charge."""

    calls: int
    minutes: int
    covered: int
    charge: Decimal
    waiting: int


@dataclass(frozen=True, slots=True)
class Destination:
    """The calls to one country or region; its code is empty for calls that no rate is known for."""

    country: str
    calls: int
    minutes: int
    charge: Decimal


@dataclass(frozen=True, slots=True)
class Caller:
    """The calls of one person: how many, their billed minutes, the charge."""

    subscriber: Subscriber
    calls: int
    minutes: int
    charge: Decimal


@dataclass(slots=True)
class Overview:
    """The totals, what each service cost on each day that has calls, and where calls went, the dearest first.

    With too many calls to count there are only the totals of the first MOST, and `is_whole` says so.
    """

    totals: Totals
    is_whole: bool = True
    days: dict[date, Counter[str]] = field(default_factory=dict)
    destinations: list[Destination] = field(default_factory=list)


def of(organization: Organization, wanted: Wanted, *, numbers: bool) -> Overview:
    """All of it in at most three statements. Only with `numbers` does the text find numbers, as in `listing.calls`."""
    if wanted.of_days and rollups.is_usable(organization):
        found = _read(_days(organization, wanted))
        waiting = _waiting(organization, wanted)
        sums = found.totals
        found.totals = Totals(sums.calls + waiting, sums.minutes, sums.covered, sums.charge, waiting)
        return found
    found = _read(_calls(organization, wanted, numbers=numbers))
    if found.totals.calls > MOST:
        return Overview(found.totals, is_whole=False)
    return found


def callers(organization: Organization, wanted: Wanted, *, numbers: bool, limit: int) -> list[Caller]:
    """The people whose calls cost most, the dearest first; nobody whose calls cost nothing. Two statements.

    It reads every call of the filter, as no roll-up knows people: for those who saw that there are at most MOST.
    """
    found = listing.calls(organization, wanted, numbers=numbers).filter(subscriber__isnull=False)
    sums = found.values("subscriber_id").annotate(calls=Count("pk"), billed=Sum("minutes"), spent=Sum("charge"))
    rows = list(sums.filter(spent__gt=0).order_by("-spent", "-billed", "subscriber_id")[:limit])
    people = Subscriber.objects.in_bulk([row["subscriber_id"] for row in rows])
    return [Caller(people[row["subscriber_id"]], row["calls"], row["billed"], row["spent"]) for row in rows]


def _days(organization: Organization, wanted: Wanted) -> QuerySet[Any, Any]:
    zone = organization.zone
    since, until = wanted.since.astimezone(zone).date(), wanted.until.astimezone(zone).date()
    days = organization.usage_days.filter(listing.of_kind(wanted), on__gte=since, on__lt=until)
    if wanted.state:
        days = days.filter(state=wanted.state)
    if wanted.countries:
        days = days.filter(country__in=wanted.countries)
    return days.values_list(*_COLUMNS)


def _calls(organization: Organization, wanted: Wanted, *, numbers: bool) -> QuerySet[Any, Any]:
    found = listing.calls(organization, wanted, numbers=numbers)
    one = Value(1, output_field=IntegerField())
    return found.annotate(on=TruncDate("started_at", tzinfo=organization.zone), calls=one).values_list(*_COLUMNS)[
        : MOST + 1
    ]


def _waiting(organization: Organization, wanted: Wanted) -> int:
    """The calls of the filter that are still to be charged, of which no day knows; at most MOST are counted."""
    if wanted.state or wanted.countries:
        return 0
    records = organization.usage_records.filter(
        listing.of_kind(wanted),
        state=UsageRecord.State.WAITING,
        started_at__gte=wanted.since,
        started_at__lt=wanted.until,
    )
    return records.order_by("started_at")[:MOST].count()


def _read(source: QuerySet[Any, Any]) -> Overview:
    given, parameters = source.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(given=given), parameters)
        return _told(cursor.fetchall())


def _told(rows: Iterable[tuple[Any, ...]]) -> Overview:
    found = Overview(Totals(0, 0, 0, Decimal(0), 0))
    days: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for no_day, no_country, on, call_type, country, many, minutes, covered, charge, waiting in rows:
        if not no_day:
            days[on][calls.service_of(call_type)] += charge
        elif not no_country:
            found.destinations.append(Destination(country, int(many), int(minutes), charge))
        else:
            found.totals = Totals(int(many), int(minutes), int(covered), charge, int(waiting))
    found.days = dict(sorted(days.items()))
    found.destinations.sort(key=lambda one: (-one.charge, -one.minutes, one.country))
    return found
