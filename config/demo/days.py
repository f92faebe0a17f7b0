"""Live the sample months day by day: what a day's calls, the worker and the provider would have done, as of then.

Every evening the calls of the day come in, and the sweeps of the timetable run with that evening for `now`. So the
balance, recharges, notices and rehearsals of the demo have a past. Twice is the same as once.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from credits import expiry, recharges, reminders
from notifications import outbox
from notifications.models import Notice
from rating import charging, intake
from rating.models import UsageFile
from subscriptions.models import Organization

#: When a day's calls are taken in and charged: the same day in the zone of every sample organization.
EVENING: Final = time(21, 30, tzinfo=UTC)
_TO_MIDNIGHT: Final = timedelta(hours=2, minutes=30)


@dataclass
class Clock:
    """What the provider of the loading takes for now, since it has a past to live through, too."""

    now: datetime

    def __call__(self) -> float:
        """Seconds since 1970, as `time.time`."""
        return self.now.timestamp()


@dataclass(frozen=True)
class Calls:
    """The calls of one usage export, cut into the files in which they would have come, evening by evening."""

    organization: Organization
    heads: Sequence[str]
    by_day: dict[date, list[dict[str, str]]]


def read(usage: Path, organization: Organization) -> Calls:
    """The calls of that file; those that begin after the evening come with the next day's."""
    by_day: defaultdict[date, list[dict[str, str]]] = defaultdict(list)
    with usage.open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines)
        for row in table:
            by_day[(datetime.fromisoformat(row["Start Time"]) + _TO_MIDNIGHT).date()].append(row)
        return Calls(organization, list(table.fieldnames or ()), dict(by_day))


def live(exports: Sequence[Calls], *, clock: Clock, now: datetime) -> None:
    """Every evening from the first call until now, with all that it brings."""
    with TemporaryDirectory() as folder:
        for evening in _evenings(min(day for calls in exports for day in calls.by_day), now):
            clock.now = evening
            for calls in exports:
                _take(calls, evening, Path(folder))
            sweep(now=evening)
    clock.now = now


def sweep(*, now: datetime) -> None:
    """What the worker does in a round, in its order, as often as there is something to do.

    But for sending the mails: their receipts take a second each, and are drawn when the worker runs.
    """
    expiry.expire_due(now=now)
    while charging.charge_due(now=now):
        recharges.charge_due(now=now)
    recharges.charge_due(now=now)
    reminders.remind_due(now=now)
    for notice in Notice.objects.due(at=now).order_by("due_at", "pk"):
        outbox.tell(notice, now=now)


def _evenings(first: date, now: datetime) -> Iterator[datetime]:
    evening = datetime.combine(first, EVENING)
    while evening < now:
        yield evening
        evening += timedelta(days=1)


def _take(calls: Calls, evening: datetime, folder: Path) -> None:
    rows = calls.by_day.get(evening.date())
    file = folder / f"usage-{calls.organization.slug}-{evening.date()}.csv"
    if rows and not UsageFile.objects.filter(organization=calls.organization, name=file.name).exists():
        with file.open("w", encoding="utf-8", newline="") as lines:
            table = csv.DictWriter(lines, calls.heads)
            table.writeheader()
            table.writerows(rows)
        intake.take_file(file, calls.organization, now=evening)
