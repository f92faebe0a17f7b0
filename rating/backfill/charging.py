"""Charge calls that have no record yet: a step is judged, debited and written with all that came of it, or not at all.

Steps are judged ahead of being written. Under the account's lock it is asked whether anybody else has used the pools
meanwhile; if so, what is left of the stretch is judged again, each step under the lock.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final

import polars as pl

from credits import accounts
from credits.models import Account
from rating.backfill import lanes, writing
from rating.backfill.judging import Judge, months
from rating.backfill.writing import AlreadyThere, Step
from rating.models import UsageFile
from subscriptions.models import Subscriber

#: So many steps are judged by what one look at licences, rates and pools has found.
_STRETCH: Final = 20


class Stale(Exception):
    """Others have used the pools since the step was judged, or its journals' numbers are passed: nothing is charged."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls a step, and the connections that write steps side by side (none: judging waits for writing).

    `rest` is what is left to others after each step: so much of the time that the step took.
    """

    step: int
    lanes: int = 0
    rest: float = 0.0


class Charging:
    """The calls of one accepted file on their way into the ledger."""

    def __init__(
        self,
        account: Account,
        file: UsageFile,
        people: Mapping[int, Subscriber],
        new: Callable[[pl.DataFrame], pl.DataFrame],
        *,
        now: datetime,
    ) -> None:
        """`people` by their keys; `new` leaves out the calls that have a record."""
        self._account, self._file, self._people, self._new, self._now = account, file, people, new, now
        # Whether some calls are there is looked up only once that has been found to be so.
        self._some_are_there = file.records.exists()
        self._mark = 0

    def run(
        self, steps: Iterable[pl.DataFrame], pace: Pace, *, on_progress: Callable[[int], object] = lambda calls: None
    ) -> None:
        """Charge the steps in their order; they have the columns of a piece and `subscriber_id`.

        The callback is told how many calls more are through, a stretch at a time.
        """
        rest = iter(steps)
        while stretch := list(islice(rest, _STRETCH)):
            written, error = self._ahead(stretch, pace)
            if isinstance(error, AlreadyThere):
                self._some_are_there = True
            elif error is not None and not isinstance(error, Stale):
                raise error
            for calls in stretch[written:]:
                self._under_the_lock(calls)
            on_progress(sum(calls.height for calls in stretch))

    def _ahead(self, stretch: list[pl.DataFrame], pace: Pace) -> tuple[int, BaseException | None]:
        """Write the stretch, judged ahead; how many of its steps were written, and why the next one was not."""
        whole = pl.concat(stretch)
        these = months(whole)
        # Before anything is read: what changes from here on is seen.
        self._mark = writing.mark(self._file.organization_id, these)
        judge = Judge(self._account, self._people, whole, now=self._now)

        def write(step: Step | None, my_turn: lanes.MyTurn) -> None:
            began = time.monotonic()
            self._write(step, my_turn, these)
            time.sleep(pace.rest * (time.monotonic() - began))

        return lanes.write_all(self._steps(stretch, judge), write, lanes=pace.lanes)

    def _steps(self, stretch: list[pl.DataFrame], judge: Judge) -> Iterator[Step | None]:
        for calls in stretch:
            new = self._new(calls) if self._some_are_there else calls
            yield writing.prepared(judge.judged(new), self._file, now=self._now) if new.height else None

    def _write(self, step: Step | None, my_turn: lanes.MyTurn, these: set[date]) -> None:
        if step is None:
            my_turn()
            return

        def first() -> None:
            step.write_records()
            my_turn()

        with accounts.changing(self._account.pk, now=self._now, first=first) as account:
            if writing.mark(account.organization_id, these) != self._mark or step.is_overtaken(account):
                raise Stale
            step.charge(account, now=self._now)
            mark = writing.mark(account.organization_id, these) if step.levels else self._mark
        self._mark = mark

    def _under_the_lock(self, calls: pl.DataFrame) -> None:
        new = self._new(calls)
        if not new.height:
            return
        with accounts.changing(self._account.pk, now=self._now) as account:
            judge = Judge(account, self._people, new, now=self._now)
            step = writing.prepared(judge.judged(new), self._file, now=self._now)
            step.write_records()
            step.charge(account, now=self._now)
