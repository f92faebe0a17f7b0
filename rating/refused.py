"""The calls that were refused before they began, newest first, and as a file."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from rating import words
from rating.listing import Cursor
from rating.models import BlockedCall
from subscriptions import csv_export
from subscriptions.models import Organization

#: The columns of the file. The trade's report of blocked users has display name, phone, reason and time.
COLUMNS: Final = (
    _("Time"), _("User display name"), _("UPN"), _("Phone"), _("Call type"), _("Destination number"), _("Reason"),
    _("Reason code"), _("Session"),
)  # fmt: skip
_CHUNK: Final = 2_000


def calls(organization: Organization, since: datetime, until: datetime, *, reason: str = "") -> QuerySet[BlockedCall]:
    """Those refused in [since, until), for that reason (empty: any), in no order."""
    found = organization.blocked_calls.filter(at__gte=since, at__lt=until).select_related("subscriber")
    return found.filter(reason=reason) if reason else found


def cursor_of(call: BlockedCall) -> Cursor:
    """The place of that call."""
    return Cursor(call.at, call.pk)


def newest_first(found: QuerySet[BlockedCall], *, limit: int) -> list[BlockedCall]:
    """The first so many; equal instants by id."""
    return list(found.order_by("-at", "-pk")[:limit])


def older(found: QuerySet[BlockedCall], place: Cursor, *, limit: int) -> list[BlockedCall]:
    """Those behind the place, the newest first."""
    tie = Q(at__lt=place.started_at) | Q(pk__lt=place.pk)
    return newest_first(found.filter(tie, at__lte=place.started_at), limit=limit)


def newer(found: QuerySet[BlockedCall], place: Cursor, *, limit: int) -> list[BlockedCall]:
    """Those before the place, the oldest first: the nearest to it."""
    tie = Q(at__gt=place.started_at) | Q(pk__gt=place.pk)
    return list(found.filter(tie, at__gte=place.started_at).order_by("at", "pk")[:limit])


def as_csv(found: QuerySet[BlockedCall], *, numbers: bool, zone: ZoneInfo) -> Iterator[str]:
    """The calls line by line, newest first, with the zone's times; without `numbers` telephone numbers are masked."""
    rows = found.order_by("-at", "-pk").iterator(chunk_size=_CHUNK)
    return csv_export.lines(COLUMNS, (_fields(call, numbers=numbers, zone=zone) for call in rows))


def _fields(call: BlockedCall, *, numbers: bool, zone: ZoneInfo) -> list[str]:
    person = call.subscriber
    caller, destination = call.caller, call.destination
    if not numbers:
        caller, destination = words.masked(caller), words.masked(destination)
    return [
        csv_export.instant(call.at, zone),
        person.display_name if person else "",
        person.upn if person else "",
        caller,
        call.call_type,
        destination,
        call.get_reason_display(),
        call.reason,
        call.session_key,
    ]
