"""What the live calls of one account must come to, reckoned with dictionaries: the reference of random sessions.

Everything is counted in whole minutes at a price each, as the deck of `phone` has it, minutes of the plan first.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from rating.authorizing import Conflict, SessionOver, UnknownSession
from tests.rating.phone import HAVANA, LONDON, PARIS

PRICES: Final = {LONDON: Decimal("0.02"), PARIS: Decimal("0.10"), HAVANA: Decimal("1.00")}
LONGEST_GRANT: Final = 600
MARGIN: Final = 60


def begun(seconds: int) -> int:
    """Minutes."""
    return -(-seconds // 60)


@dataclass
class Call:
    """One session: where to, its state, what it keeps, until when, and what became of it."""

    destination: str
    state: str = "live"
    kept: int = 0
    held: Decimal = Decimal(0)
    until: datetime | None = None
    outcome: tuple[int, int, Decimal] | None = None


@dataclass
class Tally:
    """The books: credit, minutes that the plan has left, and the calls by their names."""

    settled: Decimal
    minutes: int
    calls: dict[str, Call] = field(default_factory=dict)
    charges: list[Decimal] = field(default_factory=list)

    @property
    def held(self) -> Decimal:
        return sum((call.held for call in self.calls.values()), Decimal(0))

    @property
    def free_minutes(self) -> int:
        return self.minutes - sum(call.kept for call in self.calls.values())

    def authorize(self, name: str, now: datetime, destination: str, requested: int) -> tuple[bool, int, Decimal] | Any:
        """What the answer must say: allowed, granted seconds, held. Or the error."""
        if name in self.calls:
            return Conflict
        call = Call(destination)
        granted, cost = self._reach(call, min(requested or LONGEST_GRANT, LONGEST_GRANT))
        if not granted:
            return False, 0, Decimal(0)
        self.calls[name] = call
        call.held, call.until = cost, now + timedelta(seconds=granted + MARGIN)
        return True, granted, cost

    def update(self, name: str, now: datetime, used: int, requested: int) -> tuple[bool, int, Decimal] | Any:
        if name not in self.calls:
            return UnknownSession
        call = self.calls[name]
        if call.state != "live":
            return SessionOver
        granted, cost = self._reach(call, max(used + min(requested or LONGEST_GRANT, LONGEST_GRANT), 1))
        call.held = max(call.held, cost)
        if granted > used:
            call.until = now + timedelta(seconds=granted - used + MARGIN)
        return granted > used, granted, call.held

    def settle(self, name: str, seconds: int, unasked: str = "") -> tuple[int, int, Decimal] | Any:
        """Seconds, minutes that the plan covered, and the charge. `unasked`: where to, of a call without a session."""
        if name not in self.calls and not unasked:
            return UnknownSession
        call = self.calls.setdefault(name, Call(unasked, state="unasked"))
        if call.outcome is not None:
            return call.outcome if call.outcome[0] == seconds else Conflict
        self._let_go(call, "settled")
        covered = self._cover(call, begun(seconds))
        charge = (begun(seconds) - covered) * PRICES[call.destination]
        self.minutes -= covered
        self.settled -= charge
        self.charges.append(charge)
        call.outcome = seconds, covered, charge
        return call.outcome

    def release(self, name: str) -> str | Any:
        if name not in self.calls:
            return UnknownSession
        call = self.calls[name]
        if call.state == "settled":
            return SessionOver
        if call.state == "live":
            self._let_go(call, "released")
        return call.state

    def lapse(self, now: datetime) -> int:
        over = [call for call in self.calls.values() if call.state == "live" and call.until and call.until <= now]
        for call in over:
            self._let_go(call, "lapsed")
        return len(over)

    def _reach(self, call: Call, wanted: int) -> tuple[int, Decimal]:
        """The seconds that there are of those wanted, its own minutes given back first, and what they cost."""
        call.kept = 0
        call.kept = self._cover(call, begun(wanted))
        unpaid, price = wanted - 60 * call.kept, PRICES[call.destination]
        if unpaid <= 0:
            return wanted, Decimal(0)
        payable = int(max(self.settled - self.held + call.held, Decimal(0)) // price)
        reached = min(unpaid, 60 * payable)
        return 60 * call.kept + reached, begun(reached) * price

    def _cover(self, call: Call, minutes: int) -> int:
        """Minutes that the plan has for it: calls at home, while there are any."""
        return min(minutes, self.free_minutes) if call.destination == LONDON else 0

    def _let_go(self, call: Call, state: str) -> None:
        call.state, call.kept, call.held = state, 0, Decimal(0)
