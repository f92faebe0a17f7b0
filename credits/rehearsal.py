"""Replay usage against the terms of auto-recharge: what would have been charged, and how low it would have fallen.

Pure: whole millionths and aware instants in, the same out; no Django, no clock, no database. The rules, and what is
left out of them, are docs/rehearsal.md.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from credits.forecast import Lot
from credits.limits import Limits, one_charge
from subscriptions import money, periods

#: At one instant: what lapses is gone, what was charged arrives, then calls take theirs, then a refused one may go on.
_LAPSE, _ARRIVAL, _MOVE, _AGAIN = range(4)
#: Each cap with its calendar period.
CAPS: Final = {"daily_cap": "day", "weekly_cap": "week", "monthly_cap": "month"}


@dataclass(frozen=True, slots=True)
class Terms:
    """Below `trigger` (millionths) charge in steps of `amount`, at most a cap in each calendar period.

    With `ahead`, credit that expires within so long counts as gone.
    """

    trigger: int
    amount: int
    daily_cap: int | None = None
    weekly_cap: int | None = None
    monthly_cap: int | None = None
    ahead: timedelta | None = None

    def caps(self) -> list[tuple[str, int]]:
        """The caps there are, by the period that they are for."""
        return [(period, cap) for name, period in CAPS.items() if (cap := getattr(self, name)) is not None]


@dataclass(frozen=True, slots=True)
class Movement:
    """What moved at that instant: usage below zero, above it what was given back or came in.

    What came in brings its own expiry; `bought` says that it was a purchase, which uses up the caps.
    """

    at: datetime
    micros: int
    expires_at: datetime | None = None
    bought: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge to the card: when it was asked for, and when its money arrived."""

    at: datetime
    arrives_at: datetime
    micros: int


@dataclass(slots=True)
class Result:
    """What would have happened. `points` are (instant, available), the low before a charge and the high after it."""

    lowest: int
    lowest_at: datetime
    without_service: timedelta = timedelta(0)
    #: What lapsed unused, and when.
    lapses: list[tuple[datetime, int]] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    #: When a cap left no room for even one step, and until when.
    refused: list[tuple[datetime, datetime]] = field(default_factory=list)
    points: list[tuple[datetime, int]] = field(default_factory=list)
    #: What is left at the end, in spending order.
    left: list[Lot] = field(default_factory=list)

    @property
    def lapsed(self) -> int:
        """The sum of what lapsed before the end."""
        return sum(micros for _, micros in self.lapses)

    @property
    def charged(self) -> int:
        """The sum of all charges."""
        return sum(charge.micros for charge in self.charges)


def opening(bought: Sequence[Lot], balance: int, *, at: datetime, zone: ZoneInfo) -> tuple[list[Lot], int]:
    """Lots and overdraft of a past balance: what expires first was used first, so the rest lies in the last lots.

    `bought` are the lots of that time with their first amounts, in spending order.
    """
    lots: list[Lot] = []
    rest = balance
    for lot in reversed(bought):
        if rest > 0 and lot.expires_at > at:
            lots.insert(0, Lot(min(lot.micros, rest), lot.expires_at))
            rest -= lots[0].micros
    if rest > 0:
        lots.append(Lot(rest, periods.lot_expiry(at, zone)))
    return lots, max(0, -balance)


def replay(
    lots: Iterable[Lot],
    overdraft: int,
    movements: Iterable[Movement],
    terms: Terms,
    *,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    limits: Limits,
    delay: timedelta = timedelta(0),
) -> Result:
    """Live through start <= instant < end once more under these terms; a charge's money arrives after `delay`."""
    run = _Run(terms, zone, limits, delay, start, sorted(lots, key=_expiry), overdraft)
    for lot in run.lots:
        run.plan_end(lot.expires_at)
    for movement in movements:
        run.plan(movement.at, _MOVE, run.move(movement))
    run.evaluate()
    while run.planned and run.planned[0][0] < end:
        at, _, _, happen = heapq.heappop(run.planned)
        run.advance(at)
        happen()
        run.evaluate()
    run.advance(end)
    run.result.points.append((end, run.available))
    run.result.left = list(run.lots)
    return run.result


def _expiry(lot: Lot) -> datetime:
    return lot.expires_at


class _Run:
    """The account while it is replayed."""

    def __init__(
        self,
        terms: Terms,
        zone: ZoneInfo,
        limits: Limits,
        delay: timedelta,
        start: datetime,
        lots: list[Lot],
        overdraft: int,
    ) -> None:
        self.terms, self.zone, self.delay = terms, zone, delay
        self.maximum = money.to_micros(limits.maximum)
        self.now = start
        self.lots = [lot for lot in lots if lot.expires_at > start and lot.micros > 0]
        self.overdraft = overdraft
        self.available = sum(lot.micros for lot in self.lots) - overdraft
        self.planned: list[tuple[datetime, int, int, Callable[[], None]]] = []
        self.turns = count()
        self.awaited = 0
        self.waits_until = start
        self.purchases: list[tuple[datetime, int]] = []
        self.result = Result(self.available, start, points=[(start, self.available)])

    def plan(self, at: datetime, order: int, happen: Callable[[], None]) -> None:
        """Let it happen then; what lies before the start happens at the start."""
        heapq.heappush(self.planned, (max(at, self.now), order, next(self.turns), happen))

    def plan_end(self, expires_at: datetime) -> None:
        """A lot's expiry, and before it the instant from which the trigger counts it as gone."""
        self.plan(expires_at, _LAPSE, self.lapse)
        if self.terms.ahead is not None:
            self.plan(expires_at - self.terms.ahead, _AGAIN, lambda: None)

    def advance(self, at: datetime) -> None:
        if self.available <= 0:
            self.result.without_service += at - self.now
        self.now = at

    def note(self) -> None:
        self.result.points.append((self.now, self.available))
        if self.available < self.result.lowest:
            self.result.lowest, self.result.lowest_at = self.available, self.now

    def lapse(self) -> None:
        lost = sum(lot.micros for lot in self.lots if lot.expires_at <= self.now)
        if lost:
            self.lots = [lot for lot in self.lots if lot.expires_at > self.now]
            self.available -= lost
            self.result.lapses.append((self.now, lost))
            self.note()

    def move(self, movement: Movement) -> Callable[[], None]:
        """What the movement does, for later."""
        return lambda: self.take(-movement.micros) if movement.micros < 0 else self.put(movement)

    def take(self, micros: int) -> None:
        """From the lot that expires first, then the next; what no lot covers is owed."""
        self.available -= micros
        while micros and self.lots:
            first = self.lots[0]
            taken = min(micros, first.micros)
            micros -= taken
            self.lots[:1] = [Lot(first.micros - taken, first.expires_at)] if taken < first.micros else []
        self.overdraft += micros
        self.note()

    def put(self, movement: Movement) -> None:
        if movement.bought:
            self.purchases.append((self.now, movement.micros))
        # What is given back goes to the lots that pay next; where none is left it is good for thirty days.
        given = self.lots[0].expires_at if self.lots else self.now + timedelta(days=30)
        self.add(movement.micros, movement.expires_at or given)

    def add(self, micros: int, expires_at: datetime) -> None:
        """Money in pays what is owed first."""
        self.available += micros
        paid = min(micros, self.overdraft)
        self.overdraft -= paid
        if micros > paid:
            self.lots = sorted([*self.lots, Lot(micros - paid, expires_at)], key=_expiry)
            self.plan_end(expires_at)
        self.note()

    def evaluate(self) -> None:
        """Charge as long as the balance is below the trigger, one charge at a time."""
        while (seen := self.seen()) < self.terms.trigger and not self.awaited and self.now >= self.waits_until:
            caps = [(period, cap - self.spent(period)) for period, cap in self.terms.caps()]
            step, gap = Decimal(self.terms.amount), Decimal(self.terms.trigger - seen)
            size = one_charge(step, gap=gap, room=Decimal(min([self.maximum, *(room for _, room in caps)])))
            if size is None:
                self.refuse([period for period, room in caps if room < self.terms.amount])
            else:
                self.charge(int(size))

    def seen(self) -> int:
        """What is available, as the trigger sees it."""
        if self.terms.ahead is None:
            return self.available
        until = self.now + self.terms.ahead
        return self.available - sum(lot.micros for lot in self.lots if lot.expires_at <= until)

    def spent(self, period: str) -> int:
        """Purchases since that calendar period began, those on their way included."""
        began = periods.period_start(period, self.now, self.zone)
        return sum(micros for at, micros in self.purchases if at >= began)

    def refuse(self, full: list[str]) -> None:
        """No room in these periods, or in any where the amount is above a purchase's maximum: wait for the last."""
        self.waits_until = max(periods.period_end(period, self.now, self.zone) for period in full or ["month"])
        self.result.refused.append((self.now, self.waits_until))
        self.plan(self.waits_until, _AGAIN, lambda: None)

    def charge(self, micros: int) -> None:
        self.purchases.append((self.now, micros))
        self.result.charges.append(Charge(self.now, self.now + self.delay, micros))
        if self.delay:
            self.awaited = micros
            self.plan(self.now + self.delay, _ARRIVAL, self.arrive)
        else:
            self.add(micros, periods.lot_expiry(self.now, self.zone))

    def arrive(self) -> None:
        micros, self.awaited = self.awaited, 0
        self.add(micros, periods.lot_expiry(self.now, self.zone))
