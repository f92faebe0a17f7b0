"""The explanation of one call, as plain values."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from credits.models import Lot
from rating import pricing
from rating.calls import Kind
from rating.explaining.reasons import KINDS, WORDS, Why
from rating.models import Rate, RerateLine, UsageRecord
from rating.pools import Named
from rating.pricing import Price, Tariff
from subscriptions.models import Plan


@dataclass(frozen=True, slots=True)
class Paid:
    """So much of the call came from one lot; without a lot it is still owed."""

    lot: Lot | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Covered:
    """So many minutes came from one pool: its name as it is kept, what that says, and the plan that brings it."""

    name: str
    pool: Named
    plan: Plan | None
    minutes: int


@dataclass(frozen=True)
class Explanation:
    """All that made the charge of one call. Amounts are in the account's currency, exact."""

    record: UsageRecord
    kind: Kind
    why: Why
    #: The number called and who called it, masked for those who may not see them.
    number: str
    caller: str
    #: The row of the deck, with its deck; None where none applies.
    rate: Rate | None
    covered: tuple[Covered, ...]
    #: What the price function makes of the paid part by that rate; None where nothing is paid.
    price: Price | None
    #: The bounds and the fee of the tariff in force at the start.
    tariff: Tariff | None
    paid: tuple[Paid, ...]
    lines: tuple[RerateLine, ...]

    @property
    def text(self) -> str:
        """Why the call ended as it did, in a sentence."""
        return str(WORDS[self.why])

    @property
    def kind_text(self) -> str:
        """What kind of call it was."""
        return str(KINDS[self.kind])

    @property
    def paid_minutes(self) -> int:
        """Begun minutes that no pool covered."""
        return self.record.minutes - self.record.covered_minutes

    @property
    def computed(self) -> Decimal:
        """What the rate makes of the call now."""
        return self.price.cost if self.price else Decimal(0)

    @property
    def agrees(self) -> bool:
        """If that is what was charged."""
        return bool(self.computed == self.record.charge)

    @property
    def exact(self) -> Decimal:
        """The total before it is rounded."""
        return pricing.as_decimal(self.price.exact) if self.price else Decimal(0)

    @property
    def owed(self) -> Decimal:
        """What no lot has paid yet."""
        return sum((each.amount for each in self.paid if each.lot is None), Decimal(0))

    @cached_property
    def steps(self) -> list[dict[str, Any]]:
        """Each step of the price: numbers as Decimals, `window` as text (empty: always)."""
        return [_step(step) for step in self.price.steps] if self.price else []


def _step(step: pricing.Step) -> dict[str, Any]:
    return {
        "start": pricing.as_decimal(step.start),
        "used": pricing.as_decimal(step.used),
        "billed": pricing.as_decimal(step.billed),
        "increment": step.slot.increment or Decimal(1),
        "increments": step.increments,
        "rate": step.slot.rate,
        "unit": step.slot.unit or Decimal(1),
        "amount": pricing.as_decimal(step.cost),
        "window": pricing.write_window([step.window]) if step.window else "",
    }
