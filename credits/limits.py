"""How much one purchase may be, per currency (decision: recharge, "limits"). Pure data."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from subscriptions import money


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the most of one purchase, and the amounts a page offers."""

    minimum: Decimal
    maximum: Decimal
    presets: tuple[Decimal, ...]


class OutsideLimits(Exception):
    """The amount is below the minimum or above the maximum, or not a whole number of the smallest unit."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(f"from {limits.minimum} to {limits.maximum}")
        self.limits = limits


def _of(*figures: int) -> Limits:
    least, most, *presets = (Decimal(figure) for figure in figures)
    return Limits(least, most, tuple(presets))


_USUAL: Final = _of(50, 10_000, 50, 100, 250, 500)
_BY_CURRENCY: Final = {"JPY": _of(5_000, 1_000_000, 5_000, 10_000, 25_000, 50_000)}


def of(currency: str) -> Limits:
    """The limits of that currency."""
    return _BY_CURRENCY.get(currency, _USUAL)


def check(amount: Decimal, currency: str) -> None:
    """Raises OutsideLimits unless the amount may be one purchase."""
    limits = of(currency)
    if not limits.minimum <= amount <= limits.maximum:
        raise OutsideLimits(limits)


def one_charge(step: Decimal, *, gap: Decimal, room: Decimal) -> Decimal | None:
    """The size of a recharge: the smallest multiple of the step that closes the gap, in one charge.

    Where the room (a cap, the purchase maximum) is less, the largest multiple that fits; None when none does.
    """
    fitting = step * min(money.multiples_to_reach(step, gap), money.multiples_within(step, room))
    return fitting or None
