"""Exact amounts: whole millionths in memory, `numeric(18,6)` in the database, the currency's own places on a page.

Pure: no Django, no clock, no settings.
"""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_UP, Decimal
from typing import Final

PLACES: Final = 6
MICROS: Final = 10**PLACES
#: No single stored amount may reach this, in units of its currency. The CHECKs of the database use the same figure.
LIMIT: Final = Decimal(10**9)

#: ISO 4217 currencies whose smallest unit is not a hundredth.
_OTHER_PLACES: Final = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3, "OMR": 3, "TND": 3, "JOD": 3}


class NotExact(ValueError):
    """The amount has more places than are kept, or is not a finite number."""


def to_micros(amount: Decimal) -> int:
    """The amount in whole millionths of its unit. Raises NotExact rather than round."""
    if not amount.is_finite():
        raise NotExact(f"{amount} is not a finite amount")
    scaled = amount.scaleb(PLACES)
    if scaled != scaled.to_integral_value():
        raise NotExact(f"{amount} has more than {PLACES} decimal places")
    return int(scaled)


def from_micros(micros: int) -> Decimal:
    """The inverse of `to_micros`: an amount with exactly six places."""
    return Decimal(micros).scaleb(-PLACES)


def places(currency: str) -> int:
    """Decimal places of the currency's smallest unit: 2 for USD, 0 for JPY, 3 for KWD."""
    return _OTHER_PLACES.get(currency, 2)


def shown(amount: Decimal, currency: str) -> Decimal:
    """The amount as a page shows it: positive rounded down, negative away from zero.

    A blocked account so never shows 0.00, and nobody is shown a cent they do not have (decision: money, "shown").
    """
    step = Decimal(1).scaleb(-places(currency))
    return amount.quantize(step, rounding=ROUND_DOWN if amount >= 0 else ROUND_UP)


def to_minor(amount: Decimal, currency: str) -> int:
    """The amount in the currency's smallest unit, as card networks count. Raises NotExact if that is not whole."""
    scaled = amount.scaleb(places(currency))
    if scaled != scaled.to_integral_value():
        raise NotExact(f"{amount} {currency} is not a whole number of its smallest unit")
    return int(scaled)


def from_minor(minor: int, currency: str) -> Decimal:
    """The inverse of `to_minor`."""
    return Decimal(minor).scaleb(-places(currency))


def multiples_to_reach(step: Decimal, gap: Decimal) -> int:
    """How many whole steps cover the gap; at least one."""
    return max(1, int((gap / step).to_integral_value(rounding=ROUND_CEILING)))


def multiples_within(step: Decimal, room: Decimal) -> int:
    """How many whole steps fit into the room; zero when none does."""
    return max(0, int((room / step).to_integral_value(rounding=ROUND_FLOOR)))
