"""What a call costs by its length: slots, bounds and rounding, as immutable data that is checked when it is made.

Pure: no Django, no clock, no settings.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

#: A number of a tariff is below ten to this power, and has at most as many places.
_DIGITS: Final = 18


class BadTariff(ValueError):
    """Prices that can't be: the message says what is wrong with them."""


class Method(StrEnum):
    """How the total is rounded: `up` and `down` along the line of numbers, `middle` sends the half up."""

    UP = "up"
    MIDDLE = "middle"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Method and decimal places; negative places round to tens, hundreds and so on. `none` keeps all places."""

    method: Method = Method.MIDDLE
    decimals: int = 4

    def __post_init__(self) -> None:
        if not -_DIGITS <= self.decimals <= _DIGITS:
            raise BadTariff(f"{self.decimals} decimals: expected {-_DIGITS} to {_DIGITS}")

    @property
    def places(self) -> float | int:
        """How fine it is: the decimals, or infinity where nothing is rounded."""
        return math.inf if self.method is Method.NONE else self.decimals


@dataclass(frozen=True, slots=True)
class Slot:
    """From `start` seconds after the answer on: `rate` per `unit` seconds, used up in whole `increment` seconds.

    A unit or an increment of 0 means 1. Raises BadTariff where a number is negative, endless or absurd.
    """

    start: Decimal
    rate: Decimal
    unit: Decimal = Decimal(60)
    increment: Decimal = Decimal(60)

    def __post_init__(self) -> None:
        _check("start", self.start)
        _check("rate", self.rate)
        _check("unit", self.unit)
        _check("increment", self.increment)


@dataclass(frozen=True, slots=True)
class Lane:
    """A slot in whole ticks of its tariff, one increment's price in whole parts of it. The last lane has no end."""

    slot: Slot
    start: int
    end: int | None
    increment: int
    price: int


@dataclass(frozen=True)
class Tariff:
    """Slots in order of their start, the first at zero; the fee is due once per call that costs anything.

    The price is never below `min_cost` and never above `max_cost`; with `ends_at_max` a finished call is not capped,
    but none is permitted beyond that price. `multiplier` (a tax of a quarter: 1.25) takes the total after those bounds
    and before rounding. Raises BadTariff.
    """

    slots: tuple[Slot, ...]
    connect_fee: Decimal = Decimal(0)
    rounding: Rounding = Rounding()
    min_cost: Decimal | None = None
    max_cost: Decimal | None = None
    ends_at_max: bool = False
    multiplier: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if not self.slots or self.slots[0].start != 0:
            raise BadTariff("the first slot has to start at 0")
        for before, after in pairwise(self.slots):
            if before.start == after.start:
                raise BadTariff(f"two slots start at {after.start:f}")
            if before.start > after.start:
                raise BadTariff(f"the slot at {after.start:f} stands behind the one at {before.start:f}")
        _check("connection fee", self.connect_fee)
        _check("multiplier", self.multiplier)
        for name, bound in (("least cost", self.min_cost), ("greatest cost", self.max_cost)):
            if bound is not None:
                _check(name, bound)
        if self.min_cost is not None and self.max_cost is not None and self.min_cost > self.max_cost:
            raise BadTariff(f"the least cost {self.min_cost:f} is above the greatest, {self.max_cost:f}")

    @cached_property
    def ticks(self) -> int:
        """So many in a second that every start and every increment is a whole number of them."""
        lengths = [Fraction(length) for slot in self.slots for length in (slot.start, slot.increment)]
        return math.lcm(*(length.denominator for length in lengths))

    @cached_property
    def parts(self) -> int:
        """So many in one unit of the currency that the fee and every increment's price is a whole number of them."""
        prices = [_of_increment(slot) for slot in self.slots]
        return math.lcm(Fraction(self.connect_fee).denominator, *(price.denominator for price in prices))

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """The slots in ticks and parts, so that a call is walked in whole numbers."""
        starts = [int(Fraction(slot.start) * self.ticks) for slot in self.slots]
        return tuple(
            Lane(
                slot,
                start,
                end,
                int(Fraction(slot.increment or 1) * self.ticks),
                int(_of_increment(slot) * self.parts),
            )
            for slot, start, end in zip(self.slots, starts, [*starts[1:], None], strict=True)
        )

    @cached_property
    def fee(self) -> int:
        """The connection fee in parts."""
        return int(Fraction(self.connect_fee) * self.parts)

    def bounded(self, total: Fraction) -> Fraction:
        """The exact total after the bounds and the multiplier, before rounding."""
        if self.min_cost is not None:
            total = max(total, Fraction(self.min_cost))
        if self.max_cost is not None and not self.ends_at_max:
            total = min(total, Fraction(self.max_cost))
        return total if self.multiplier == 1 else total * Fraction(self.multiplier)


def _of_increment(slot: Slot) -> Fraction:
    """What one increment costs, exactly."""
    return Fraction(slot.increment or 1) * Fraction(slot.rate) / Fraction(slot.unit or 1)


def _check(name: str, value: Decimal) -> None:
    if not value.is_finite() or value < 0:
        raise BadTariff(f"{name} {value}: expected a number that is not negative")
    if value and (value.adjusted() >= _DIGITS or -int(value.as_tuple().exponent) > _DIGITS):
        raise BadTariff(f"{name}: expected at most {_DIGITS} digits before and {_DIGITS} after the dot")


def rounded(total: Fraction, rounding: Rounding) -> Decimal:
    """The exact total as a Decimal of that many places. Whole-number arithmetic: nothing is rounded twice."""
    if rounding.method is Method.NONE:
        return as_decimal(total)
    above, below = total.numerator, total.denominator
    if rounding.decimals >= 0:
        above *= 10**rounding.decimals
    else:
        below *= 10**-rounding.decimals
    match rounding.method:
        case Method.UP:
            whole = -(-above // below)
        case Method.DOWN:
            whole = above // below
        case _:
            whole = (2 * above + below) // (2 * below)
    # Written out, for an operation on a Decimal would round to the digits of the context.
    if rounding.decimals >= 0:
        return Decimal(f"{whole}E-{rounding.decimals}")
    return Decimal(whole * 10**-rounding.decimals)


#: Places kept of a number that has no end, as a third of a cent.
_ENDLESS: Final = 50


def as_decimal(value: Fraction | int) -> Decimal:
    """The same number as a Decimal, without zeros at its end; to 50 places, half up, where it has no end."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives) if rest == 1 else _ENDLESS
    return Decimal(f"{math.floor(value * 10**places + Fraction(1, 2))}E-{places}")


@lru_cache(maxsize=4096)
def per_minute(rate: Decimal, connect_fee: Decimal = Decimal(0)) -> Tariff:
    """The tariff of a plain deck row: whole minutes, half up to four places."""
    return Tariff(slots=(Slot(Decimal(0), rate),), connect_fee=connect_fee)
