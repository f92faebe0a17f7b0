"""Import a large usage file: read it whole, then write its calls already charged, in steps that others can wait for.

Nothing is charged before the last row has been read. Killed at any moment and started again with the same bytes, it
goes on: what is charged is known by its usage id, and what is not comes in the same order as before.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl
from django.db import connection, transaction

from credits import accounts
from rating import sheets
from rating.backfill import charging, scratch
from rating.backfill.charging import AlreadyThere
from rating.backfill.reading import Read, Reader, already
from rating.backfill.steps import steps
from rating.intake import columns
from rating.models import QuarantinedRow, UsageFile
from rating.sheets import Refused, Row
from subscriptions import activity
from subscriptions.models import Organization

#: Files of at least so many bytes (some ten thousand rows) come this way.
LARGE: Final = 4 * 2**20
#: Calls a step while others debit the same account, and when nobody else does. A call with its charge costs the
#: database some 50 microseconds, and a transaction is to last half a second at most.
BESIDE_OTHERS, ALONE = 2_500, 7_500
#: The first half of the advisory locks under which the large files of an organization go one by one.
_LOCKS: Final = 0x05A6E


def is_large(path: Path) -> bool:
    """If the file is too large for one transaction, and ends its lines as nearly all do. Raises OSError."""
    with path.open("rb") as file:
        begin = file.read(2**16).replace(b"\r\n", b"\n")
    return path.stat().st_size >= LARGE and b"\n" in begin and b"\r" not in begin


def take_file(
    path: Path,
    organization: Organization,
    *,
    now: datetime,
    step: int = BESIDE_OTHERS,
    on_quarantine: Callable[[QuarantinedRow], object] = lambda row: None,
    on_progress: Callable[[int], object] = lambda rows: None,
) -> UsageFile:
    """Take and charge the calls of a PSTN usage export, so many a transaction. Raises sheets.Refused, OSError.

    A refused file leaves nothing. Rows are taken or quarantined as `intake.take_file` does it. The callbacks are for
    the eye: a row as it is quarantined, the number of rows of each block read.
    """
    scratch.sweep()
    with _one_by_one(organization), scratch.folder() as place:
        file = _file(path, organization, now=now)
        reader = Reader(file, place, now=now, on_quarantine=on_quarantine)
        try:
            with sheets.opened(path, required=columns.COLUMNS) as sheet:
                read = reader.take(path, sheet, on_progress=on_progress)
        except Refused:
            with transaction.atomic():
                file.quarantine.all().delete()
                file.delete()
            raise
        _accept(file, read, now=now)
        _Charging(file, reader, now=now).run(step)
        _finish(file, read, now=now)
    return file


@contextmanager
def _one_by_one(organization: Organization) -> Iterator[None]:
    """Hold the organization's turn, which ends with the connection at the latest. Waits as long as for any lock."""
    keys = [_LOCKS, organization.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", keys)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", keys)


def _file(path: Path, organization: Organization, *, now: datetime) -> UsageFile:
    """The file with these bytes that was begun and not finished, or else a new one."""
    checksum = sheets.checksum(path)
    begun = UsageFile.objects.filter(organization=organization, checksum=checksum, finished_at=None).first()
    return begun or UsageFile.objects.create(
        organization=organization, name=path.name[-255:], checksum=checksum, imported_at=now
    )


def _accept(file: UsageFile, read: Read, *, now: datetime) -> None:
    """From here on it is charged. All or nothing: the people met for the first time, and that it is accepted."""
    with transaction.atomic():
        # Calls need something to be charged to, also of an organization that has never seen its balance.
        accounts.open_account(file.organization, now=now)
        read.directory.store()
        file.accepted_at = file.accepted_at or now
        file.save(update_fields=["accepted_at"])


class _Charging:
    """The steps of one accepted file."""

    def __init__(self, file: UsageFile, reader: Reader, *, now: datetime) -> None:
        self._file, self._reader, self._now = file, reader, now
        self._account = accounts.open_account(file.organization, now=now)
        people = reader.read.people
        self._people = {person.pk: person for person in people}
        self._keys = pl.Series("key", [person.pk for person in people], dtype=pl.Int64)
        # Whether some calls are there is looked up only once that has been found to be so.
        self._some_are_there = file.records.exists()

    def run(self, size: int) -> None:
        """Charge all of them."""
        for calls in steps(self._reader.read, size=size):
            self._charge(calls.with_columns(subscriber_id=self._keys.gather(calls["person"])))

    def _charge(self, calls: pl.DataFrame) -> None:
        if not self._some_are_there:
            try:
                charging.charge(self._account, self._file, calls, self._people, now=self._now)
            except AlreadyThere:
                self._some_are_there = True
            else:
                return
        new = self._new(calls)
        if new.height:
            charging.charge(self._account, self._file, new, self._people, now=self._now)

    def _new(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Those that are not there; the same id with other facts is quarantined."""
        known = self._reader.known(calls["usage_id"].to_list())
        if not known:
            return calls
        there = calls.filter(pl.col("usage_id").is_in(list(known)))
        bad = []
        for call in there.iter_rows(named=True):
            body_hash, where = known[call["usage_id"]]
            if body_hash != call["body_hash"]:
                row = Row(call["line"], {columns.ID: call["usage_id"]})
                bad.append(self._reader.quarantined(row, already(call["usage_id"], where)))
        self._reader.quarantine(bad)
        return calls.filter(~pl.col("usage_id").is_in(list(known)))


@transaction.atomic
def _finish(file: UsageFile, read: Read, *, now: datetime) -> None:
    """Write down the counts, once for all."""
    file.rows, file.quarantined, file.new = read.rows, read.quarantined, file.records.count()
    file.repeated = file.rows - file.quarantined - file.new
    file.finished_at = now
    file.save(update_fields=["rows", "new", "repeated", "quarantined", "finished_at"])
    activity.record(
        file.organization,
        "usage.imported",
        now=now,
        file=file.name,
        new=file.new,
        repeated=file.repeated,
        quarantined=file.quarantined,
    )
