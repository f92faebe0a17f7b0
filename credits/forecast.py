"""How long credit lasts at a given rate, and what of it lapses before it is used.

Pure: whole millionths and aware instants in, the same out; no Django, no clock. The rules are docs/rehearsal.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from subscriptions import periods

_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Lot:
    """Millionths that are left, and the instant at which they lapse."""

    micros: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """So many millionths were spent within that span; the span is longer than nothing."""

    micros: int
    span: timedelta

    def over(self, length: timedelta) -> int:
        """Millionths spent in that length of time, rounded down."""
        return self.micros * (length // _MOMENT) // (self.span // _MOMENT)

    def takes(self, micros: int) -> int:
        """Microseconds until so much is spent, rounded up. Only for a rate above zero."""
        return -(-micros * (self.span // _MOMENT) // self.micros)


def lapsing(lots: Sequence[Lot], rate: Rate, *, now: datetime) -> list[int]:
    """Of each lot, in spending order, the millionths that lapse unused if spending goes on at that rate.

    What is bought later changes nothing in it: a later lot expires later and waits for its turn.
    """
    begun = 0
    unused: list[int] = []
    for lot in lots:
        lasts = max(0, (lot.expires_at - now) // _MOMENT)
        room = max(0, lasts - begun)
        if rate.micros <= 0 or rate.takes(lot.micros) > room:
            used = rate.over(timedelta(microseconds=room)) if rate.micros > 0 else 0
            unused.append(lot.micros - min(used, lot.micros))
            begun += room
        else:
            unused.append(0)
            begun += rate.takes(lot.micros)
    return unused


def reaches(level: int, lots: Sequence[Lot], rate: Rate, *, overdraft: int = 0, now: datetime) -> datetime:
    """When what is available comes down to that level (zero or more), by spending or by a lot that lapses.

    `now` when it is there already. It comes in the end: the last lot's expiry leaves nothing.
    """
    usable = [lot for lot in lots if lot.expires_at > now]
    value, since = sum(lot.micros for lot in usable) - overdraft, now
    lapses = lapsing(usable, rate, now=now)
    for expires_at, lost in sorted(zip((lot.expires_at for lot in usable), lapses, strict=True)):
        spent = rate.over(expires_at - since)
        if value - spent <= level:
            return since + timedelta(microseconds=rate.takes(value - level)) if value > level else since
        value, since = value - spent - lost, expires_at
    return since


def runway(lots: Sequence[Lot], rate: Rate, *, overdraft: int = 0, now: datetime) -> timedelta | None:
    """How long what is available lasts; None when nothing is being spent."""
    if rate.micros <= 0:
        return None
    return reaches(0, lots, rate, overdraft=overdraft, now=now) - now


def first_day_without(year: int, month: int) -> date:
    """The first day on which a card that expires in that month is no longer good."""
    return periods.add_months(date(year, month, 1), 1)
