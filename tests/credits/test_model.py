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
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from credits import history
from subscriptions import money, periods
from tests import factories
from tests.credits.desk import Desk, broken, undone
from tests.credits.reference import RANKS, Book, Refused

EXAMPLES: Final = int(os.environ.get("LEDGER_EXAMPLES", "30"))
STEPS: Final = int(os.environ.get("LEDGER_STEPS", "25"))

#: Round amounts meet one another; odd ones leave a millionth behind.
costs = st.sampled_from([1, 999_999, 10**6, 5 * 10**6, 10**7]) | st.integers(1, 20 * 10**6)
#: What can be done, how often in about fifty times. One rule chooses among them: hypothesis leaves whole rules out of
#: an example, and what matters here is how all of them meet.
OPERATIONS: Final = {
    "promote": 5,
    "buy": 2,
    "debit": 6,
    "take": 5,
    "adjust_down": 2,
    "correct": 6,
    "take_back": 6,
    "reserve": 7,
    "go_on": 6,
    "wait": 6,
    "expire": 3,
    "lapse": 2,
}
operations = st.sampled_from([name for name, times in OPERATIONS.items() for _ in range(times)])
HOURS: Final = (1, 12, 24, 24, 48, 24 * 20, 24 * 200)


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

    @initialize(cost=costs)
    def begin(self, cost: int) -> None:
        self.promote(cost, 0)
        self.buy(cost, 0)

    @rule(operation=operations, cost=costs, luck=st.integers(0, 11))
    def something(self, operation: str, cost: int, luck: int) -> None:
        """Each takes an amount, and some luck that settles whatever else there is to settle."""
        getattr(self, operation)(cost, luck)

    def promote(self, cost: int, luck: int) -> None:
        at = self.now + timedelta(days=1 + luck % 4)
        self.desk.promote(str(money.from_micros(cost)), now=self.now, ends=at)
        self.book.add(cost, kind="promotion", ends=at, now=self.now)

    def buy(self, cost: int, luck: int) -> None:
        self.desk.buy(str(money.from_micros(cost)), now=self.now)
        ends = periods.lot_expiry(self.now, self.desk.account.organization.zone)
        self.book.add(cost, kind="purchase", ends=ends, now=self.now)

    def debit(self, cost: int, luck: int) -> None:
        charges = {self.key(): cost + number for number in range(1 + luck % 4)}
        self.charges += charges
        self.both("debit", charges)

    def take(self, cost: int, luck: int) -> None:
        key = self.key()
        self.charges.append(key)
        self.both("take", key, cost)

    def adjust_down(self, cost: int, luck: int) -> None:
        key = self.key()
        self.desk.adjust(str(-money.from_micros(cost)), now=self.now, key=key)
        self.book.debit({key: cost}, now=self.now)

    def correct(self, cost: int, luck: int) -> None:
        """One of the latest charges: in whole, by half, or by some other amount."""
        for key in self.charges[::-1][luck % 6 : luck % 6 + 1]:
            whole = self.book.charged(key)
            self.both("correct", key, (whole, whole // 2, cost)[luck % 3])

    def take_back(self, cost: int, luck: int) -> None:
        """A refund, a void or a dispute; what is disputed already is won, or lost in whole or in part."""
        place = max(0, len(self.book.lots) - 1 - luck % 5)
        lot = self.book.lots[place]
        if lot.frozen and luck % 2:
            self.both("thaw", place)
        elif lot.frozen:
            self.both("lose", f"lost:{self.key()}", place, cost if luck % 4 else None)
        elif lot.rank == RANKS["purchase"] and luck % 3 == 1:
            self.both("refund", place, min(cost, self.book.free(place)) if luck % 2 else cost)
        else:
            self.both("freeze" if lot.rank == RANKS["purchase"] and luck % 4 else "void", place)

    def reserve(self, cost: int, luck: int) -> None:
        """A new call; or one that is known, with a body that may be another."""
        known = list(self.book.holds)[-1:] if luck == 0 else []
        key = known[0] if known else self.key()
        self.both("reserve", key, cost, until=self.now + timedelta(hours=(1, 30)[luck % 2]))

    def go_on(self, cost: int, luck: int) -> None:
        """A call ends, or goes on; sometimes the key is unknown, or the call over."""
        live = [key for key, hold in self.book.holds.items() if hold.state == "live"]
        any_other = ["unknown", *self.book.holds] if luck != 11 else ["unknown"]
        key = any_other[-1] if luck > 8 or not live else live[luck % len(live)]
        if luck in (0, 7):
            self.both("release", key)
        elif luck in (3, 10):
            self.both("extend", key, cost, until=self.now + timedelta(hours=2))
        else:
            self.both("settle", key, 0 if cost == 1 else cost)
            hold = self.book.holds.get(key)
            if hold is not None and hold.cost and f"hold:{key}" not in self.charges:
                self.charges.append(f"hold:{key}")

    def wait(self, cost: int, luck: int) -> None:
        self.now += timedelta(hours=HOURS[luck % len(HOURS)])

    def expire(self, cost: int, luck: int) -> None:
        self.both("expire")

    def lapse(self, cost: int, luck: int) -> None:
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
    run_state_machine_as_test(
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
