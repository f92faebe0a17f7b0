"""Which calls a person asked to see, what they come to, and the page of them that begins at a cursor."""

import functools
import operator
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from rating import words
from rating.calls import DIRECTIONS, SERVICES
from rating.models import QuarantinedRow, UsageFile, UsageRecord
from subscriptions.models import Organization

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR: Final = re.compile(r"([0-9]{1,16})-([0-9]{1,18})")
_SEPARATORS: Final = re.compile(r"[\s().\-/]")
_DIGITS: Final = re.compile(r"\+?[0-9]{2,15}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Calls that started in [since, until); what is empty is any.

    `kind` is a service, a direction or a call type, `countries` are codes, `upn` names a subscriber exactly; the text
    finds subscribers and numbers.
    """

    since: datetime
    until: datetime
    kind: str = ""
    state: str = ""
    countries: frozenset[str] = frozenset()
    upn: str = ""
    text: str = ""

    @property
    def beginnings(self) -> tuple[str, ...]:
        """What the call types wanted begin with; nothing is any."""
        return SERVICES.get(self.kind) or DIRECTIONS.get(self.kind) or ((self.kind,) if self.kind else ())

    @property
    def of_days(self) -> bool:
        """If the days of usage can say what the calls come to."""
        return not (self.upn or self.text or self.state == UsageRecord.State.WAITING)


class Cursor(NamedTuple):
    """A place in the list: just after (or before) the call with this start and id."""

    started_at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{(self.started_at - _EPOCH) // timedelta(microseconds=1)}-{self.pk}"


def cursor_of(record: UsageRecord) -> Cursor:
    """The place of that call."""
    return Cursor(record.started_at, record.pk)


def cursor_from(text: str) -> Cursor | None:
    """The place that an address names; None for anything that is no such name."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    try:
        return Cursor(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))
    except OverflowError:
        return None


def calls(organization: Organization, wanted: Wanted, *, numbers: bool) -> QuerySet[UsageRecord]:
    """The calls asked for, in no order. Only with `numbers` does the text find numbers: who may not see them whole
    must not find them out digit by digit either."""
    found = organization.usage_records.filter(started_at__gte=wanted.since, started_at__lt=wanted.until)
    found = found.filter(of_kind(wanted))
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.countries:
        found = found.filter(country__in=wanted.countries)
    if wanted.upn:
        found = found.filter(subscriber__upn=wanted.upn.lower())
    if wanted.text:
        found = found.filter(_mentions(wanted.text, numbers=numbers))
    return found


def of_kind(wanted: Wanted) -> Q:
    """The condition that rows with a call type are of the kind wanted."""
    if wanted.kind in words.CALL_TYPES:
        return Q(call_type=wanted.kind)
    return functools.reduce(operator.or_, (Q(call_type__startswith=one) for one in wanted.beginnings), Q())


def _mentions(text: str, *, numbers: bool) -> Q:
    named = Q(subscriber__display_name__icontains=text) | Q(subscriber__upn__icontains=text)
    digits = _SEPARATORS.sub("", text)
    if numbers and _DIGITS.fullmatch(digits):
        return named | Q(destination__contains=digits) | Q(caller__contains=digits)
    return named


def newest_first(found: QuerySet[UsageRecord], *, limit: int) -> list[UsageRecord]:
    """The first so many, the newest call first; equal starts by id, so that no call is on two pages or on none."""
    return list(_shown(found).order_by("-started_at", "-pk")[:limit])


def older(found: QuerySet[UsageRecord], place: Cursor, *, limit: int) -> list[UsageRecord]:
    """Those behind the place, the newest first."""
    tie = Q(started_at__lt=place.started_at) | Q(pk__lt=place.pk)
    return newest_first(found.filter(tie, started_at__lte=place.started_at), limit=limit)


def newer(found: QuerySet[UsageRecord], place: Cursor, *, limit: int) -> list[UsageRecord]:
    """Those before the place, the oldest first: the nearest to it."""
    tie = Q(started_at__gt=place.started_at) | Q(pk__gt=place.pk)
    near = found.filter(tie, started_at__gte=place.started_at)
    return list(_shown(near).order_by("started_at", "pk")[:limit])


def _shown(found: QuerySet[UsageRecord]) -> QuerySet[UsageRecord]:
    return found.select_related("subscriber", "rate")


def last_file(organization: Organization) -> UsageFile | None:
    """The file that was imported last."""
    return organization.usage_files.order_by("-pk").first()


def complete_until(organization: Organization) -> datetime | None:
    """When the last call that has come in began; not when it came in, which may be months later. None: no call yet."""
    return organization.usage_records.order_by("-started_at", "-pk").values_list("started_at", flat=True).first()


def set_aside(organization: Organization, *, limit: int) -> list[QuarantinedRow]:
    """The last so many rows of files that could not be read."""
    rows = QuarantinedRow.objects.filter(file__organization=organization).select_related("file")
    return list(rows.order_by("-file_id", "line")[:limit])
