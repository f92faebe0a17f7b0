"""What so many seconds cost under a tariff: exact, explained step by step, rounded once at the end.

Pure: no Django, no clock, no settings. One function prices a finished call and will price a permitted one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

#: Digits kept of a price that has no end (a third of a cent) when the tariff does not round.
_ENDLESS_DIGITS = 50


class Method(StrEnum):
    """How the total is rounded: `middle` sends the half up, `none` leaves it as it is."""

    UP = "up"
    MIDDLE = "middle"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Method and decimal places; negative places round to tens, hundreds and so on."""

    method: Method = Method.MIDDLE
    decimals: int = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """From `start` seconds after the answer on: `rate` per `unit` seconds, used up in whole `increment` seconds."""

    start: Decimal
    rate: Decimal
    unit: Decimal = Decimal(60)
    increment: Decimal = Decimal(60)


@dataclass(frozen=True, slots=True)
class Tariff:
    """Slots in order of their start, the first at zero; the fee is due once per call that costs anything."""

    slots: tuple[Slot, ...]
    connect_fee: Decimal = Decimal(0)
    rounding: Rounding = Rounding()
    min_cost: Decimal | None = None
    max_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One slot's share: where it began, the seconds used and billed in it, and its exact price."""

    slot: Slot
    start: Fraction
    used: Fraction
    billed: Fraction
    cost: Fraction


@dataclass(frozen=True, slots=True)
class Price:
    """What the call costs, the seconds billed for it (never fewer than used), and how that came about."""

    cost: Decimal
    billed: Fraction
    steps: tuple[Step, ...]


def price(tariff: Tariff, seconds: Decimal | int) -> Price:
    """The price of a call of so many seconds. No seconds cost nothing, not even the connect fee."""
    if seconds <= 0:
        return Price(Decimal(0), Fraction(0), ())
    steps = tuple(_steps(tariff.slots, Fraction(seconds)))
    total = Fraction(tariff.connect_fee) + sum(step.cost for step in steps)
    if tariff.min_cost is not None:
        total = max(total, Fraction(tariff.min_cost))
    if tariff.max_cost is not None:
        total = min(total, Fraction(tariff.max_cost))
    return Price(rounded(total, tariff.rounding), sum((step.billed for step in steps), Fraction(0)), steps)


def _steps(slots: tuple[Slot, ...], seconds: Fraction) -> Iterator[Step]:
    """Walk the slots. What an increment overruns belongs to its slot and shortens, or swallows, the next one."""
    done = Fraction(0)
    ends = [Fraction(slot.start) for slot in slots[1:]] + [seconds]
    for slot, end in zip(slots, ends, strict=True):
        start = max(done, Fraction(slot.start))
        used = min(seconds, end) - start
        if used <= 0:
            continue
        increment = Fraction(slot.increment or 1)
        billed = math.ceil(used / increment) * increment
        yield Step(slot, start, used, billed, billed * Fraction(slot.rate) / Fraction(slot.unit or 1))
        done = start + billed


def rounded(total: Fraction, rounding: Rounding) -> Decimal:
    """The exact total as a Decimal of that many places. Whole-number arithmetic: nothing is rounded twice."""
    if rounding.method is Method.NONE:
        with localcontext(prec=_ENDLESS_DIGITS):
            return Decimal(total.numerator) / Decimal(total.denominator)
    scaled = total * Fraction(10) ** rounding.decimals
    match rounding.method:
        case Method.UP:
            whole = math.ceil(scaled)
        case Method.DOWN:
            whole = math.floor(scaled)
        case _:
            whole = math.floor(scaled + Fraction(1, 2))
    return Decimal(whole).scaleb(-rounding.decimals)


@lru_cache(maxsize=4096)
def per_minute(rate: Decimal, connect_fee: Decimal = Decimal(0)) -> Tariff:
    """The tariff of a plain deck row: whole minutes, half up to four places."""
    return Tariff(slots=(Slot(Decimal(0), rate),), connect_fee=connect_fee)
