"""The real ledger against reference.Book: whatever is done in whatever order, both say the same of everything.

`LEDGER_EXAMPLES` and `LEDGER_STEPS` make it longer than it is on every run.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from credits import history
from subscriptions import money, periods
from tests import factories
from tests.credits.desk import Desk, broken, undone
from tests.credits.reference import Book, Refused

EXAMPLES: Final = int(os.environ.get("LEDGER_EXAMPLES", "25"))
STEPS: Final = int(os.environ.get("LEDGER_STEPS", "30"))

#: Round amounts meet one another; odd ones leave a millionth behind.
costs = st.sampled_from([1, 999_999, 10**6, 5 * 10**6, 10**7]) | st.integers(1, 20 * 10**6)
places = st.integers(0, 30)
days = st.integers(1, 12)


def _said(act: Callable[[], object]) -> str:
    """The name of the refusal, or nothing."""
    try:
        act()
    except Refused as refused:
        return str(refused)
    except Exception as error:
        return type(error).__name__
    return ""


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = undone()
        self.scene.__enter__()
        self.now = factories.NOW
        self.desk = Desk(factories.fabrikam())
        self.book = Book()
        self.charges: list[str] = []
        self.steps = 0

    def both(self, operation: str, *given: Any, **named: Any) -> None:
        """Do it to the real one and to the reference; they must take it or refuse it alike."""
        expected = _said(lambda: getattr(self.book, operation)(*given, now=self.now, **named))
        assert _said(lambda: getattr(self.desk, operation)(*given, now=self.now, **named)) == expected

    def key(self) -> str:
        self.steps += 1
        return f"key:{self.steps}"

    def place(self, number: int) -> int:
        return number % len(self.book.lots)

    def has_lots(self) -> bool:
        return bool(self.book.lots)

    @rule(cost=costs, ends=days)
    def promote(self, cost: int, ends: int) -> None:
        at = self.now + timedelta(days=ends)
        self.desk.promote(str(money.from_micros(cost)), now=self.now, ends=at)
        self.book.add(cost, kind="promotion", ends=at, now=self.now)

    @rule(cost=costs)
    def buy(self, cost: int) -> None:
        self.desk.buy(str(money.from_micros(cost)), now=self.now)
        ends = periods.lot_expiry(self.now, self.desk.account.organization.zone)
        self.book.add(cost, kind="purchase", ends=ends, now=self.now)

    @rule(batch=st.lists(costs, min_size=1, max_size=4))
    def debit(self, batch: list[int]) -> None:
        charges = {self.key(): cost for cost in batch}
        self.charges += charges
        self.both("debit", charges)

    @rule(cost=costs)
    def take(self, cost: int) -> None:
        key = self.key()
        self.charges.append(key)
        self.both("take", key, cost)

    @rule(cost=costs)
    def adjust_down(self, cost: int) -> None:
        key = self.key()
        self.desk.adjust(str(-money.from_micros(cost)), now=self.now, key=key)
        self.book.debit({key: cost}, now=self.now)

    @rule(hours=st.sampled_from([1, 12, 24, 24 * 5, 24 * 20, 24 * 200]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def expire(self) -> None:
        self.both("expire")

    @precondition(lambda self: self.charges)
    @rule(number=places, cost=costs, whole=st.booleans())
    def correct(self, number: int, cost: int, whole: bool) -> None:
        key = self.charges[number % len(self.charges)]
        self.both("correct", key, self.book.charged(key) if whole else cost)

    @precondition(has_lots)
    @rule(number=places, cost=costs)
    def refund(self, number: int, cost: int) -> None:
        place = self.place(number)
        if self.book.lots[place].rank == 2:
            self.both("refund", place, cost)

    @precondition(has_lots)
    @rule(number=places)
    def void(self, number: int) -> None:
        self.both("void", self.place(number))

    @precondition(has_lots)
    @rule(number=places)
    def freeze(self, number: int) -> None:
        self.both("freeze", self.place(number))

    @precondition(has_lots)
    @rule(number=places, won=st.booleans())
    def decide(self, number: int, won: bool) -> None:
        place = self.place(number)
        if self.book.lots[place].frozen:
            if won:
                self.both("thaw", place)
            else:
                self.both("lose", f"lost:{self.key()}", place)

    @rule(name=st.integers(1, 5), cost=costs, hours=st.sampled_from([1, 30]))
    def reserve(self, name: int, cost: int, hours: int) -> None:
        self.both("reserve", f"call {name}", cost, until=self.now + timedelta(hours=hours))

    @rule(name=st.integers(1, 6), cost=costs)
    def extend(self, name: int, cost: int) -> None:
        self.both("extend", f"call {name}", cost, until=self.now + timedelta(hours=2))

    @rule(name=st.integers(1, 6), cost=costs | st.just(0))
    def settle(self, name: int, cost: int) -> None:
        self.both("settle", f"call {name}", cost)
        hold = self.book.holds.get(f"call {name}")
        if hold is not None and hold.cost and f"hold:call {name}" not in self.charges:
            self.charges.append(f"hold:call {name}")

    @precondition(lambda self: self.book.holds)
    @rule(name=st.integers(1, 6))
    def release(self, name: int) -> None:
        self.both("release", f"call {name}")

    @rule()
    def lapse(self) -> None:
        self.both("lapse")

    @invariant()
    def both_say_the_same(self) -> None:
        assert self.desk.picture(self.now) == self.book.picture(self.now)

    def teardown(self) -> None:
        try:
            self.both("expire")
            assert broken(self.desk.account, now=self.now) == {}
            for instant in {at for at, _ in self.book.movements}:
                assert money.to_micros(history.balance_at(self.desk.account, instant)) == self.book.balance_at(instant)
        finally:
            self.scene.__exit__(None, None, None)


@pytest.mark.django_db
def test_the_ledger_does_what_the_reference_does() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Ledger,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="LEDGER_EXAMPLES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_reference_pays_from_the_lot_that_ends_first(now: datetime) -> None:
    book = Book()
    book.add(10, kind="promotion", ends=now + timedelta(days=2), now=now)
    book.add(10, kind="promotion", ends=now + timedelta(days=1), now=now)

    book.debit({"call": 12}, now=now)

    assert [lot.left for lot in book.lots] == [8, 0]
