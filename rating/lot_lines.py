"""What a lot's entries were: the calls it paid for, what was given back, what came in and what was taken. By keyset.

However many entries a lot has, a page of them is read by the index on lots and entries.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.models import Entry, Journal, Lot
from rating import words
from rating.models import UsageRecord
from subscriptions import csv_export

Kind = Journal.Kind

#: The columns of the file.
COLUMNS: Final = (
    gettext_lazy("Booked"), gettext_lazy("What"), gettext_lazy("Reason"), gettext_lazy("Call started"),
    gettext_lazy("Subscriber"), gettext_lazy("Call type"), gettext_lazy("Number"), gettext_lazy("Currency"),
    gettext_lazy("Amount"), gettext_lazy("Usage id"),
)  # fmt: skip
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the lot, and the call that it is about, if any."""

    entry: Entry
    call: UsageRecord | None

    @property
    def title(self) -> str:
        """What it did to the lot."""
        kind = self.entry.journal.kind
        if kind == Kind.USAGE:
            return _("Call paid") if self.call else _("Charge paid")
        if kind == Kind.SETTLEMENT:
            return _("Overdraft of a call paid") if self.call else _("Overdraft paid")
        if kind == Kind.CORRECTION:
            return _("Given back")
        return str(Kind(kind).label)

    @property
    def reason(self) -> str:
        """What the organization is told of it; why staff took money back stays with staff."""
        told = (Kind.GRANT, Kind.ADJUSTMENT, Kind.CORRECTION)
        return self.entry.journal.why if self.entry.journal.kind in told else ""


def newest_first(lot: Lot, *, limit: int) -> list[Line]:
    """The first so many lines, the newest first. Two queries, as everywhere below."""
    return _lines(_entries(lot).order_by("-pk")[:limit])


def older(lot: Lot, place: int, *, limit: int) -> list[Line]:
    """Those behind the entry of that id, the newest first."""
    return _lines(_entries(lot).filter(pk__lt=place).order_by("-pk")[:limit])


def newer(lot: Lot, place: int, *, limit: int) -> list[Line]:
    """Those before it, the oldest first: the nearest to it."""
    return _lines(_entries(lot).filter(pk__gt=place).order_by("pk")[:limit])


def as_csv(lot: Lot, *, numbers: bool) -> Iterator[str]:
    """The lines, the oldest first, in the language of the moment at which each is asked for; exact amounts.

    Times are those of the organization's zone, with its offset. Without `numbers` telephone numbers are masked.
    """
    return csv_export.lines(COLUMNS, (_fields(line, lot, numbers=numbers) for line in _all(lot)))


def _all(lot: Lot) -> Iterator[Line]:
    """Some thousands at a time."""
    entries = _entries(lot).order_by("pk").iterator(chunk_size=_CHUNK)
    while chunk := list(islice(entries, _CHUNK)):
        yield from _lines(chunk)


def _entries(lot: Lot) -> QuerySet[Entry]:
    return lot.entries.select_related("journal")


def _lines(entries: Iterable[Entry]) -> list[Line]:
    """The entries with their calls: a settlement or a correction is about the call whose charge it settles."""
    found = list(entries)
    charges = {entry.journal.origin_id or entry.journal_id for entry in found}
    records = UsageRecord.objects.filter(journal_id__in=charges).select_related("subscriber")
    calls = {record.journal_id: record for record in records}
    return [Line(entry, calls.get(entry.journal.origin_id or entry.journal_id)) for entry in found]


def _fields(line: Line, lot: Lot, *, numbers: bool) -> list[object]:
    account, call = lot.account, line.call
    zone = account.organization.zone
    return [
        csv_export.instant(line.entry.journal.at, zone),
        line.title,
        line.reason,
        csv_export.instant(call.started_at, zone) if call else "",
        str(call.subscriber) if call and call.subscriber else "",
        words.CALL_TYPES.get(call.call_type, call.call_type) if call else "",
        (call.destination if numbers else words.masked(call.destination)) if call else "",
        account.currency,
        line.entry.amount,
        call.usage_id if call else "",
    ]
