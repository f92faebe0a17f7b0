"""Take in a usage file: every sound row once, for ever; every other row into the quarantine, with its reason."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from django.db import transaction

from credits import accounts
from rating import sheets
from rating.intake import columns, graph, known
from rating.intake.columns import BadField, Call
from rating.intake.directory import Directory
from rating.intake.known import SOURCE
from rating.models import QuarantinedRow, UsageFile, UsageRecord
from rating.sheets import Row
from subscriptions import activity
from subscriptions.models import Organization

__all__ = ["SOURCE", "take_file"]

_BATCH: Final = 1000


@dataclass
class _Tally:
    rows: int = 0
    new: int = 0
    repeated: int = 0
    quarantined: int = 0


def take_file(
    path: Path,
    organization: Organization,
    *,
    now: datetime,
    on_quarantine: Callable[[QuarantinedRow], object] = lambda row: None,
    on_progress: Callable[[int], object] = lambda rows: None,
) -> UsageFile:
    """Take the rows of a PSTN usage export, or of a page of Graph's call log: the whole file or, when it is refused
    (sheets.Refused), nothing of it.

    The same row again counts as already there; the same usage id with other facts is quarantined. Both callbacks are
    for the eye: a row as it is quarantined, the number of rows of each batch. Files of one organization go one by one.
    """
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        # Calls need something to be charged to, also of an organization that has never seen its balance.
        accounts.open_account(organization, now=now)
        file = UsageFile.objects.create(
            organization=organization,
            name=path.name[-255:],
            checksum=sheets.checksum(path),
            imported_at=now,
            accepted_at=now,
            finished_at=now,
        )
        importing = _Importing(file, now=now, on_quarantine=on_quarantine)
        with _opened(path) as table:
            for rows in _batches(table):
                importing.take(rows)
                on_progress(len(rows))
        importing.close()
    return file


@contextmanager
def _opened(path: Path) -> Iterator[Iterable[Row]]:
    """The rows of the file, whichever way it was written."""
    if graph.is_page(path):
        yield graph.Page(path)
    else:
        with sheets.opened(path, required=columns.COLUMNS, older=columns.OLDER) as sheet:
            yield sheet


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


class _Importing:
    """One file on its way in; constant numbers of statements a batch."""

    def __init__(self, file: UsageFile, *, now: datetime, on_quarantine: Callable[[QuarantinedRow], object]) -> None:
        self._file, self._organization, self._now = file, file.organization, now
        self._directory = Directory(file.organization, now=now)
        self._tally = _Tally()
        self._on_quarantine = on_quarantine
        self._quarantined_lines = known.quarantined_lines(file)

    def take(self, rows: list[Row]) -> None:
        """Insert what is new among these rows and quarantine what can't be taken."""
        bad: list[QuarantinedRow] = []
        parsed = [(row, call) for row in rows if (call := self._parse(row, bad))]
        there = known.known(self._organization, [call.usage_id for _, call in parsed])
        new: list[UsageRecord] = []
        for row, call in parsed:
            body_hash = call.body_hash
            if call.usage_id not in there:
                if self._is_of_age(row, call, bad):
                    there[call.usage_id] = (body_hash, known.on_line(row.line))
                    new.append(self._record(call, body_hash))
            elif there[call.usage_id][0] == body_hash:
                self._tally.repeated += 1
            else:
                wrong = known.already(call.usage_id, there[call.usage_id][1])
                bad.append(known.quarantined(self._file, row, wrong))
        self._store(new, bad)
        self._tally.rows += len(rows)

    def _parse(self, row: Row, bad: list[QuarantinedRow]) -> Call | None:
        organization = self._organization
        try:
            return columns.parse(row, currency=organization.currency, country=organization.country)
        except BadField as wrong:
            bad.append(known.quarantined(self._file, row, wrong))
            return None

    def _is_of_age(self, row: Row, call: Call, bad: list[QuarantinedRow]) -> bool:
        try:
            columns.check_age(call, now=self._now)
        except BadField as wrong:
            bad.append(known.quarantined(self._file, row, wrong))
            return False
        return True

    def _record(self, call: Call, body_hash: str) -> UsageRecord:
        return UsageRecord(
            organization=self._organization,
            source=SOURCE,
            usage_id=call.usage_id,
            body_hash=body_hash,
            file=self._file,
            call_id=call.call_id,
            conference_id=call.conference_id,
            subscriber=self._directory.subscriber_of(call),
            call_type=call.call_type,
            number_type=call.number_type,
            caller=call.caller,
            destination=call.destination,
            user_location=call.user_location,
            capability=call.capability,
            started_at=call.started_at,
            ended_at=call.ended_at,
            seconds=call.seconds,
            received_at=self._now,
            due_at=self._now,
        )

    def _store(self, new: list[UsageRecord], bad: list[QuarantinedRow]) -> None:
        self._directory.store()
        UsageRecord.objects.bulk_create(new, ignore_conflicts=True)
        bad.sort(key=lambda row: row.line)
        QuarantinedRow.objects.bulk_create(row for row in bad if row.line not in self._quarantined_lines)
        for row in bad:
            self._on_quarantine(row)
        self._tally.new += len(new)
        self._tally.quarantined += len(bad)

    def close(self) -> None:
        """Write down the counts. What another door had inserted meanwhile was not ours and counts as already there."""
        taken = self._file.records.count()
        file, tally = self._file, self._tally
        file.rows, file.new, file.quarantined = tally.rows, taken, tally.quarantined
        file.repeated = tally.repeated + tally.new - taken
        file.save(update_fields=["rows", "new", "repeated", "quarantined"])
        activity.record(
            file.organization,
            "usage.imported",
            now=self._now,
            file=file.name,
            new=file.new,
            repeated=file.repeated,
            quarantined=file.quarantined,
        )
