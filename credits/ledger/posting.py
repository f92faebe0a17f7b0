"""What is to be booked, as plain values. Pure: whole millionths, no database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from credits.spending import Part
from subscriptions import money

#: The bound of every amount, in millionths.
_LIMIT: Final = int(money.LIMIT) * money.MICROS


class NotBookable(ValueError):
    """The amount is nothing, less than nothing where it may not be, or beyond the bound of an amount."""


def bookable(micros: int) -> int:
    """The millionths of an amount that may be booked: above zero, below the bound. Raises NotBookable."""
    if not 0 < micros < _LIMIT:
        raise NotBookable(f"{micros} millionths")
    return micros


class Kind(StrEnum):
    """Why a journal exists; the database's Journal.Kind has the same members."""

    PURCHASE = "purchase"
    GRANT = "grant"
    ADJUSTMENT = "adjustment"
    USAGE = "usage"
    SETTLEMENT = "settlement"
    CORRECTION = "correction"
    EXPIRY = "expiry"
    REFUND = "refund"
    VOID = "void"
    DISPUTE = "dispute"


#: The columns of a lot that count what left it without paying for anything, by the kind of journal that took it.
TAKEN_BACK = frozenset({Kind.REFUND, Kind.VOID, Kind.DISPUTE})


@dataclass(frozen=True, slots=True)
class Posting:
    """One journal to come: signed parts (a lot, or the overdraft when `lot` is None) that sum to its movement.

    `origin` is the charge that a settlement pays or a correction gives back.
    """

    kind: Kind
    key: str
    parts: Sequence[Part] = field(default=())
    why: str = ""
    origin: int | None = None
    payment: int | None = None
    actor: int | None = None

    @property
    def movement(self) -> int:
        """What the balance moves by, in millionths."""
        return sum(part.micros for part in self.parts)
