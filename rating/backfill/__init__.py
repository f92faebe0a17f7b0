"""Import a large usage file: read it whole, then write its calls already charged, in steps that others can wait for.

Nothing is charged before the last row has been read. Killed at any moment and started again with the same bytes, it
goes on: what is charged is known by its usage id, and what is not comes in the same order as before.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl
from django.db import connection, transaction

from credits import accounts
from rating import sheets
from rating.backfill import scratch
from rating.backfill.charging import Charging
from rating.backfill.charging import Pace as Pace
from rating.backfill.reading import Read, Reader
from rating.backfill.steps import steps
from rating.intake import columns
from rating.models import QuarantinedRow, UsageFile
from rating.sheets import Refused
from subscriptions import activity
from subscriptions.models import Organization

#: Files of at least so many bytes (some ten thousand rows) come this way.
LARGE: Final = 4 * 2**20
#: Calls a step while others debit the same account, and when nobody else does. A call with its charge costs the
#: database some 50 microseconds, and a transaction is to last half a second at most.
BESIDE_OTHERS, ALONE = Pace(2_500, rest=0.2), Pace(4_000, lanes=2)
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
    pace: Pace = BESIDE_OTHERS,
    on_quarantine: Callable[[QuarantinedRow], object] = lambda row: None,
    on_progress: Callable[[int], object] = lambda rows: None,
    on_charge: Callable[[int, int], object] = lambda calls, of: None,
) -> UsageFile:
    """Take and charge the calls of a PSTN usage export, so many a transaction. Raises sheets.Refused, OSError.

    A refused file leaves nothing. Rows are taken or quarantined as `intake.take_file` does it. The callbacks are for
    the eye: a row as it is quarantined, the number of rows of each block read, the number of calls charged of how many.
    """
    scratch.sweep()
    with _one_by_one(organization), scratch.folder() as place, _less_to_look_through():
        file = _file(path, organization, now=now)
        reader = Reader(file, place, now=now, on_quarantine=on_quarantine)
        try:
            with sheets.opened(path, required=columns.COLUMNS, older=columns.OLDER) as sheet:
                read = reader.take(path, sheet, on_progress=on_progress)
        except Refused:
            with transaction.atomic():
                file.quarantine.all().delete()
                file.delete()
            raise
        _accept(file, read, now=now)
        _charge(file, reader, pace, on_charge, now=now)
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


@contextmanager
def _less_to_look_through() -> Iterator[None]:
    """Leave out of the search for garbage what is there already: judging makes many objects, and searches often."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


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


def _charge(
    file: UsageFile, reader: Reader, pace: Pace, on_charge: Callable[[int, int], object], *, now: datetime
) -> None:
    """Charge the calls that were read."""
    people = reader.read.people
    keys = pl.Series("key", [person.pk for person in people], dtype=pl.Int64)
    charging = Charging(
        accounts.open_account(file.organization, now=now),
        file,
        {person.pk: person for person in people},
        reader.new,
        now=now,
    )
    found = steps(reader.read, size=pace.step)
    named = (calls.with_columns(subscriber_id=keys.gather(calls["person"])) for calls in found)
    charging.run(named, pace, on_progress=lambda calls: on_charge(calls, reader.read.calls))


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
