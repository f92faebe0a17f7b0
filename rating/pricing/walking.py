"""What so many seconds cost: exact, explained step by step, rounded once at the end.

Pure: no Django, no clock, no settings. One function prices a finished call and, step by step, a permitted one.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from rating.pricing.tariff import Rounding, Slot, Tariff, rounded
from rating.pricing.windows import MICROSECONDS, BadCall, Timetable, Window

#: A length of time is below ten to this power of seconds, and has at most as many places.
_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Step:
    """One slot's share: where it began, the seconds used and billed in it, its exact price, and the window it is of."""

    slot: Slot
    start: Fraction
    used: Fraction
    billed: Fraction
    cost: Fraction
    window: Window | None = None

    @property
    def increments(self) -> int:
        """How many whole increments were billed."""
        return int(self.billed / Fraction(self.slot.increment or 1))


@dataclass(frozen=True, slots=True)
class Price:
    """What the call costs, the seconds billed for it (never fewer than used), and how that came about.

    `fee` and the steps' costs add up to the total; bounds and multiplier make it `exact`; `rounding` makes that `cost`.
    """

    cost: Decimal
    billed: Fraction
    steps: tuple[Step, ...]
    fee: Decimal
    exact: Fraction
    rounding: Rounding


class Stride(NamedTuple):
    """A step in whole numbers: the ticks at which it starts and which it uses, and `times` increments of so many ticks.

    One increment costs `price` parts.
    """

    tariff: Tariff
    window: Window | None
    slot: Slot
    start: int
    used: int
    increment: int
    times: int
    price: int


def price(tariff: Tariff | Timetable, seconds: Decimal | int, *, at: datetime | None = None) -> Price:
    """The price of a call of so many seconds. No seconds cost nothing, not even the connection fee.

    Slots are counted from the answer, in every window: a call that comes into another window after 90 seconds is there
    in the slot of its 91st second. Increments are counted from where their slot (or window) was entered; what the last
    of them overruns belongs to it, and shortens or swallows what follows. The fee, the bounds and the multiplier are
    those of the tariff in force at the answer; of several roundings the one with the most places holds, `none` having
    the most. A timetable needs `at`, the aware instant of the answer. Raises BadCall.
    """
    length = seconds_of(seconds)
    if length <= 0:
        rounding = tariff.rounding if isinstance(tariff, Tariff) else Rounding()
        return Price(rounded(Fraction(0), rounding), Fraction(0), (), Decimal(0), Fraction(0), rounding)
    ticks, parts = scales(tariff, length)
    strides = list(walk(tariff, length, at))
    exact, rounding = _sum(strides, parts)
    steps = tuple(
        Step(
            slot,
            Fraction(start, ticks),
            Fraction(used, ticks),
            Fraction(times * increment, ticks),
            Fraction(times * each, parts),
            window,
        )
        for _, window, slot, start, used, increment, times, each in strides
    )
    billed = Fraction(sum(stride.times * stride.increment for stride in strides), ticks)
    return Price(rounded(exact, rounding), billed, steps, strides[0].tariff.connect_fee, exact, rounding)


def cost(tariff: Tariff | Timetable, seconds: Decimal | int, *, at: datetime | None = None) -> Decimal:
    """The cost of `price` without its explanation, which takes as long again."""
    length = seconds_of(seconds)
    return rounded(*_sum(walk(tariff, length, at), tariff.parts)) if length > 0 else Decimal(0)


def _sum(strides: Iterable[Stride], parts: int) -> tuple[Fraction, Rounding]:
    """The exact price of a call and how it is to be rounded."""
    first, rounding, total = None, Rounding(), 0
    for stride in strides:
        own = stride.tariff
        if first is None:
            first, rounding, total = own, own.rounding, own.fee * (parts // own.parts)
        rounding = finer(rounding, own.rounding)
        total += stride.times * stride.price
    exact = Fraction(total, parts)
    return first.bounded(exact) if first else exact, rounding


def scales(tariff: Tariff | Timetable, length: Fraction | int) -> tuple[int, int]:
    """The ticks of a second and the parts of a unit of the currency in which a call of that length is walked."""
    return math.lcm(tariff.ticks, length.denominator), tariff.parts


def walk(tariff: Tariff | Timetable, length: Fraction | int, at: datetime | None) -> Iterator[Stride]:
    """Slot after slot, window after window, until the call has lasted so long. Raises BadCall."""
    ticks, parts = scales(tariff, length)
    whole = length.numerator * (ticks // length.denominator)
    done = 0
    for own, window, until in _stretches(tariff, length, at, whole, ticks):
        times, dear = ticks // own.ticks, parts // own.parts
        for lane in own.lanes:
            start = max(done, lane.start * times)
            end = until if lane.end is None else min(until, lane.end * times)
            if start < end:
                increment = lane.increment * times
                count = -((start - end) // increment)
                done = start + count * increment
                yield Stride(own, window, lane.slot, start, end - start, increment, count, lane.price * dear)


def _stretches(
    tariff: Tariff | Timetable, length: Fraction | int, at: datetime | None, whole: int, ticks: int
) -> Iterable[tuple[Tariff, Window | None, int]]:
    """The tariffs in force one after another, each until so many ticks after the answer."""
    if isinstance(tariff, Tariff):
        return ((tariff, None, whole),)
    if at is None or at.tzinfo is None:
        raise BadCall("a price that depends on the time needs the instant of the answer, with its zone")
    micro = ticks // MICROSECONDS
    return ((each.tariff, each.window, min(whole, each.until * micro)) for each in tariff.stretches(at, length))


def finer(one: Rounding, other: Rounding) -> Rounding:
    """The rounding with more places; the first of equals."""
    return one if one is other or one.places >= other.places else other


def seconds_of(given: Decimal | int) -> Fraction | int:
    """The length of a call for exact arithmetic. Raises BadCall where it is no length."""
    if isinstance(given, int):
        return given
    if not given.is_finite():
        raise BadCall(f"{given} is no length of a call")
    if given and (given.adjusted() >= _DIGITS or -int(given.as_tuple().exponent) > _DIGITS):
        raise BadCall(f"a length has at most {_DIGITS} digits before and {_DIGITS} after the dot")
    return Fraction(given)
