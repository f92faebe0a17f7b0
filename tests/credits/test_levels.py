"""The admin's own levels: near below 125 %, below, recovered from 110 % on; each passage is told once."""

from datetime import datetime
from decimal import Decimal

import pytest

from credits import levels
from credits.levels import Passage, State
from credits.models import BalanceLevel
from notifications.facts import Stage
from notifications.models import Notice
from tests import factories
from tests.credits.desk import Desk

QUIET, APPROACHING, BELOW = State.QUIET, State.APPROACHING, State.BELOW


@pytest.mark.parametrize(
    ("state", "available", "passage"),
    [
        (QUIET, "125", None),
        (QUIET, "124.999999", Passage(APPROACHING, Stage.APPROACHING, True)),
        (QUIET, "100", Passage(APPROACHING, Stage.APPROACHING, True)),
        (QUIET, "99.999999", Passage(BELOW, Stage.BELOW, True)),
        (APPROACHING, "100", None),
        (APPROACHING, "124.999999", None),
        (APPROACHING, "125", Passage(QUIET, None, False)),
        (APPROACHING, "-1", Passage(BELOW, Stage.BELOW, False)),
        (BELOW, "0", None),
        (BELOW, "109.999999", None),
        (BELOW, "110", Passage(APPROACHING, Stage.RECOVERED, True)),
        (BELOW, "125", Passage(QUIET, Stage.RECOVERED, False)),
    ],
)
def test_what_a_balance_passes(state: State, available: str, passage: Passage | None) -> None:
    assert levels.passed(state, Decimal(100), Decimal(available)) == passage


@pytest.fixture
def desk(now: datetime) -> Desk:
    """Northwind's, with 200 in it and a level at 100."""
    desk = Desk(factories.northwind())
    desk.promote(200, now=now)
    desk.account.levels.create(amount=100)
    return desk


def spend(desk: Desk, cost: str | int, *, now: datetime) -> None:
    desk.spend(cost, now=now, key=f"call {desk.account.journals.count()}")


def told(desk: Desk) -> list[tuple[str, str]]:
    """Stage and balance of each notice, in order."""
    notices = Notice.objects.filter(kind=Notice.Kind.BALANCE_LOW, organization=desk.account.organization)
    return [(notice.facts["stage"], notice.facts["balance"]) for notice in notices.order_by("pk")]


@pytest.mark.django_db
def test_each_passage_on_the_way_down_and_up_is_told_once(desk: Desk, now: datetime) -> None:
    for cost in (75, "0.01", 20, 10, 5):
        spend(desk, cost, now=now)
    desk.promote(50, now=now)
    desk.promote(50, now=now)

    assert told(desk) == [("approaching", "124.99"), ("below", "94.99"), ("recovered", "139.99")]
    assert BalanceLevel.objects.get().state == QUIET


@pytest.mark.django_db
def test_who_recovers_near_the_level_hears_of_the_next_fall_and_the_next_recovery(desk: Desk, now: datetime) -> None:
    spend(desk, 101, now=now)
    for _ in range(2):
        desk.promote(12, now=now)
        spend(desk, 12, now=now)

    fall, recovery = ("below", "99.00"), ("recovered", "111.00")
    assert told(desk) == [fall, recovery, fall, recovery, fall]


@pytest.mark.django_db
def test_a_return_from_near_is_not_told_and_the_next_approach_is(desk: Desk, now: datetime) -> None:
    spend(desk, 80, now=now)
    desk.promote(5, now=now)
    spend(desk, 5, now=now)

    assert told(desk) == [("approaching", "120.00"), ("approaching", "120.00")]
    assert BalanceLevel.objects.get().crossings == 2


@pytest.mark.django_db
def test_what_a_call_holds_is_not_available(desk: Desk, now: datetime) -> None:
    desk.reserve("call", 101 * 10**6, until=now, now=now)

    assert told(desk) == [("below", "99.00")]


@pytest.mark.django_db
def test_a_level_above_the_balance_is_told_of_with_the_next_change(desk: Desk, now: datetime) -> None:
    desk.account.levels.create(amount=300)

    spend(desk, 1, now=now)

    assert told(desk) == [("below", "199.00")]


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("available", ["1", "99.99", "100", "109.99", "110", "124.99", "125", "126"])
def test_the_statement_that_stores_sees_the_same_passages(now: datetime, state: State, available: str) -> None:
    desk = Desk(factories.northwind())
    desk.promote(available, now=now)
    level = desk.account.levels.create(amount=100, state=state)
    passage = levels.passed(state, level.amount, Decimal(available))

    desk.promote("0.000001", now=now)

    level.refresh_from_db()
    assert level.state == (passage.state if passage else state)
