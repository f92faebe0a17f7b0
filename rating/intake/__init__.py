"""Take in a usage file: every sound row once, for ever; every other row into the quarantine, with its reason."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from rating.intake.directory import Directory
from rating.intake.judging import Bad, Judge
from rating.intake.known import SOURCE
from rating.models import QuarantinedRow, UsageFile, UsageRecord
from rating.sheets import Row
from subscriptions import activity
from subscriptions.models import Organization

__all__ = ["SOURCE", "batches", "opened", "take_file"]

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
        with opened(path) as table:
            for rows in batches(table):
                importing.take(rows)
                on_progress(len(rows))
        importing.close()
    return file


@contextmanager
def opened(path: Path) -> Iterator[Iterable[Row]]:
    """The rows of the file, whichever way it was written. Raises sheets.Refused, also as they are read; OSError."""
    if graph.is_page(path):
        yield graph.Page(path)
    else:
        with sheets.opened(path, required=columns.COLUMNS, older=columns.OLDER) as sheet:
            yield sheet


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """So many rows at a time as are asked for, and stored, in one go."""
    iterator = iter(rows)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


class _Importing:
    """One file on its way in; constant numbers of statements a batch."""

    def __init__(self, file: UsageFile, *, now: datetime, on_quarantine: Callable[[QuarantinedRow], object]) -> None:
        self._file, self._organization, self._now = file, file.organization, now
        self._directory = Directory(file.organization, now=now)
        self._judge = Judge(file.organization, now=now)
        self._tally = _Tally()
        self._on_quarantine = on_quarantine
        self._quarantined_lines = known.quarantined_lines(file)

    def take(self, rows: list[Row]) -> None:
        """Insert what is new among these rows and quarantine what can't be taken."""
        judged = self._judge.judge(rows)
        self._store([self._record(*sound) for sound in judged.new], judged.bad)
        self._tally.rows += len(rows)
        self._tally.repeated += judged.repeated

    def _record(self, call: columns.Call, body_hash: str) -> UsageRecord:
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

    def _store(self, new: list[UsageRecord], wrong: Sequence[Bad]) -> None:
        self._directory.store()
        UsageRecord.objects.bulk_create(new, ignore_conflicts=True)
        bad = sorted((known.quarantined(self._file, *each) for each in wrong), key=lambda row: row.line)
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
