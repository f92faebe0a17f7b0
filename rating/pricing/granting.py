"""How long a call may last on what there is, by the price function itself."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from rating.pricing.tariff import Rounding, Tariff, as_decimal, rounded
from rating.pricing.walking import Stride, finer, scales, seconds_of, walk
from rating.pricing.windows import BadCall, Timetable


def permitted(
    tariff: Tariff | Timetable, *, balance: Decimal, requested: Decimal | int, at: datetime | None = None
) -> Decimal:
    """The seconds a call may last: as many whole increments as the balance pays, and never more than asked for.

    Up to there the call costs at no moment more than the balance, rounded as a finished one would be, with the fee and
    the least cost; where not even the first increment fits it is 0, though the seconds be free. A request that ends
    inside an increment that is paid is granted as it is. What costs nothing is granted on any balance. A tariff that
    `ends_at_max` grants nothing beyond that price. `at` as in `price`. Raises BadCall.
    """
    asked = seconds_of(requested)
    if not balance.is_finite():
        raise BadCall(f"{balance} is no balance")
    if asked <= 0:
        return Decimal(0)
    ticks, parts = scales(tariff, asked)
    limit = max(Fraction(balance), Fraction(0))
    first, rounding, spent = None, Rounding(), 0
    for stride in walk(tariff, asked, at):
        own = stride.tariff
        if first is None:
            first, rounding, spent = own, own.rounding, own.fee * (parts // own.parts)
        rounding = finer(rounding, own.rounding)
        paid = _paid(stride, _Purse(first, rounding, spent, parts, limit))
        if paid < stride.times:
            return as_decimal(Fraction(stride.start + paid * stride.increment, ticks))
        spent += stride.times * stride.price
    return as_decimal(asked)


@dataclass(frozen=True, slots=True)
class _Purse:
    """What is spent before a stride, in parts, and the limit; by which tariff and rounding they are compared."""

    first: Tariff
    rounding: Rounding
    spent: int
    parts: int
    limit: Fraction

    def pays(self, more: int) -> bool:
        """If the call, so many parts dearer, may be."""
        exact = Fraction(self.spent + more, self.parts)
        if self.first.ends_at_max and self.first.max_cost is not None and exact > self.first.max_cost:
            return False
        return rounded(self.first.bounded(exact), self.rounding) <= self.limit


def _paid(stride: Stride, purse: _Purse) -> int:
    """How many of the stride's increments are paid. More never cost less, so half of what is left is tried."""
    return bisect_left(range(1, stride.times + 1), True, key=lambda times: not purse.pays(times * stride.price))
