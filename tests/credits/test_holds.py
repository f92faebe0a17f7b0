"""Holds: two calls never count on one cent, a finished call is always booked, what is held stays good for it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits import figures, holds
from credits.holds import Closed, Conflict, NoSuchHold, NotEnoughCredit
from credits.models import Hold, HoldPart, Lot
from subscriptions.models import Organization
from tests.credits.desk import Desk, broken_after_sweeping, micros

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(fabrikam: Organization, now: datetime) -> Desk:
    """Fabrikam's, with two lots: $3 for one more day, $10 for longer."""
    desk = Desk(fabrikam)
    desk.promote(3, now=now, ends=now + timedelta(days=1))
    desk.promote(10, now=now, ends=now + timedelta(days=100))
    return desk


@pytest.fixture(autouse=True)
def _integrity(desk: Desk, now: datetime) -> object:
    yield
    assert broken_after_sweeping(now=now + timedelta(days=800)) == {}


def left(desk: Desk) -> list[tuple[Decimal, Decimal]]:
    """What each lot has left, and what of it is held."""
    return list(desk.account.lots.order_by("pk").values_list("remaining", "held"))


def four(desk: Desk, now: datetime) -> tuple[Decimal, Decimal, Decimal]:
    read = figures.of(desk.fresh(), now=now)
    return read.settled, read.held, read.available


def test_a_hold_keeps_named_lots_in_spending_order(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(5), until=now + HOUR, now=now)

    assert left(desk) == [(3, 3), (10, 2)]
    assert four(desk, now) == (13, 5, 8)
    assert list(HoldPart.objects.order_by("pk").values_list("amount", flat=True)) == [3, 2]


def test_the_same_call_again_is_the_same_hold(desk: Desk, now: datetime) -> None:
    first = holds.reserve(desk.account, "call", micros(5), until=now + HOUR, now=now)

    again = holds.reserve(desk.account, "call", micros(5), until=now + HOUR, now=now + HOUR / 2)

    assert again == first
    assert four(desk, now) == (13, 5, 8)


@pytest.mark.parametrize(("amount", "hours"), [("6", 1), ("4", 1), ("5", 2)])
def test_the_same_key_with_another_body_is_a_conflict(desk: Desk, now: datetime, amount: str, hours: int) -> None:
    desk.reserve("call", micros(5), until=now + HOUR, now=now)

    with pytest.raises(Conflict):
        desk.reserve("call", micros(amount), until=now + hours * HOUR, now=now)

    assert four(desk, now) == (13, 5, 8)


@pytest.mark.parametrize("cost", [0, -1, -(10**6)])
def test_a_hold_of_nothing_or_less_is_refused(desk: Desk, now: datetime, cost: int) -> None:
    with pytest.raises(Conflict):
        desk.reserve("call", cost, until=now + HOUR, now=now)


def test_no_more_can_be_held_than_is_available(desk: Desk, now: datetime) -> None:
    desk.reserve("first", micros(8), until=now + HOUR, now=now)

    with pytest.raises(NotEnoughCredit):
        desk.reserve("second", micros("5.000001"), until=now + HOUR, now=now)
    desk.reserve("third", micros(5), until=now + HOUR, now=now)

    assert four(desk, now) == (13, 13, 0)


def test_what_is_expired_or_frozen_cannot_be_held(desk: Desk, now: datetime) -> None:
    desk.freeze(1, now=now)

    with pytest.raises(NotEnoughCredit):
        desk.reserve("frozen", micros("3.1"), until=now + HOUR, now=now)
    with pytest.raises(NotEnoughCredit):
        desk.reserve("expired", 1, until=now + timedelta(days=2), now=now + timedelta(days=1))


def test_extending_holds_more_of_what_is_free(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(2), until=now + HOUR, now=now)

    hold = holds.extend(desk.account, "call", micros(6), until=now + 2 * HOUR, now=now)

    assert (hold.amount, hold.expires_at) == (6, now + 2 * HOUR)
    assert left(desk) == [(3, 3), (10, 3)]


def test_extending_to_less_changes_only_the_end(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(6), until=now + HOUR, now=now)

    hold = holds.extend(desk.account, "call", micros(2), until=now + 3 * HOUR, now=now)

    assert (hold.amount, hold.expires_at) == (6, now + 3 * HOUR)
    assert four(desk, now) == (13, 6, 7)


def test_an_extension_that_is_not_covered_leaves_the_hold_as_it_was(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(6), until=now + HOUR, now=now)

    with pytest.raises(NotEnoughCredit):
        desk.extend("call", micros(14), until=now + 3 * HOUR, now=now)

    assert Hold.objects.values_list("amount", "expires_at").get() == (6, now + HOUR)
    assert four(desk, now) == (13, 6, 7)


@pytest.mark.parametrize(
    ("cost", "lots", "overdraft"),
    [
        pytest.param("4", [0, 9], 0, id="less"),
        pytest.param("5", [0, 8], 0, id="equal"),
        pytest.param("7", [0, 6], 0, id="more"),
        pytest.param("15", [0, 0], 2, id="more than there is"),
        pytest.param("0", [3, 10], 0, id="nothing"),
        pytest.param("0.000001", [Decimal("2.999999"), 10], 0, id="a millionth"),
    ],
)
def test_a_call_is_settled_at_its_true_cost(
    desk: Desk, now: datetime, cost: str, lots: list[Decimal], overdraft: int
) -> None:
    desk.reserve("call", micros(5), until=now + HOUR, now=now)

    for _ in range(2):
        desk.settle("call", micros(cost), now=now)

    assert left(desk) == [(lot, 0) for lot in lots]
    assert (desk.fresh().held, desk.fresh().overdraft) == (0, overdraft)
    assert not HoldPart.objects.exists()


def test_settling_again_gives_the_first_answer_or_a_conflict(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(5), until=now + HOUR, now=now)
    first = holds.settle(desk.account, "call", micros(4), why="", now=now)

    again = holds.settle(desk.account, "call", micros(4), why="", now=now)

    assert (again.pk, again.journal_id) == (first.pk, first.journal_id)
    with pytest.raises(Conflict):
        desk.settle("call", micros("4.000001"), now=now)
    with pytest.raises(Conflict):
        desk.settle("call", 0, now=now)
    assert desk.fresh().balance == 9


def test_a_negative_cost_is_refused(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(5), until=now + HOUR, now=now)

    with pytest.raises(Conflict):
        desk.settle("call", -1, now=now)

    assert four(desk, now) == (13, 5, 8)


def test_a_finished_call_never_takes_what_another_call_holds(desk: Desk, now: datetime) -> None:
    desk.reserve("first", micros(4), until=now + HOUR, now=now)
    desk.reserve("second", micros(9), until=now + HOUR, now=now)

    desk.settle("first", micros(6), now=now)

    assert desk.fresh().overdraft == 2
    assert (left(desk), desk.fresh().held) == ([(0, 0), (9, 9)], 9)
    desk.settle("second", micros(9), now=now)
    assert desk.fresh().balance == -2


def test_a_debit_never_takes_what_a_call_holds(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(12), until=now + HOUR, now=now)

    desk.spend(5, now=now)

    assert four(desk, now) == (8, 12, -4)


def test_a_released_hold_frees_its_credit_and_pays_debts_at_once(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(12), until=now + HOUR, now=now)
    desk.spend(5, now=now)

    for _ in range(2):
        desk.release("call", now=now)

    assert four(desk, now) == (8, 0, 8)
    assert (desk.fresh().overdraft, Hold.objects.get().state) == (0, Hold.State.RELEASED)


def test_a_hold_lapses_at_its_end_and_not_before(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(5), until=now + HOUR, now=now)

    assert holds.lapse_due(now=now + HOUR - timedelta(microseconds=1)) == 0
    assert holds.lapse_due(now=now + HOUR) == 1
    assert holds.lapse_due(now=now + HOUR) == 0

    assert four(desk, now) == (13, 0, 13)
    assert Hold.objects.get().state == Hold.State.LAPSED


@pytest.mark.parametrize("end", ["release", "lapse"])
def test_a_call_that_ends_after_its_hold_is_booked_all_the_same(desk: Desk, now: datetime, end: str) -> None:
    desk.reserve("call", micros(5), until=now, now=now)
    if end == "release":
        desk.release("call", now=now)
    else:
        desk.lapse(now=now)

    for _ in range(2):
        desk.settle("call", micros(6), now=now + HOUR)

    assert four(desk, now) == (7, 0, 7)
    assert Hold.objects.get().state == Hold.State.SETTLED


def test_a_closed_hold_cannot_be_extended(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(5), until=now + HOUR, now=now)
    desk.settle("call", micros(5), now=now)

    with pytest.raises(Closed):
        desk.extend("call", micros(6), until=now + HOUR, now=now)


def test_releasing_a_settled_hold_changes_nothing(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(5), until=now + HOUR, now=now)
    desk.settle("call", micros(5), now=now)

    desk.release("call", now=now)

    assert (Hold.objects.get().state, desk.fresh().balance) == (Hold.State.SETTLED, 8)


def test_an_unknown_hold_is_named(desk: Desk, northwind: Organization, now: datetime) -> None:
    desk.reserve("call", micros(5), until=now + HOUR, now=now)
    other = Desk(northwind)

    with pytest.raises(NoSuchHold):
        desk.settle("another", 1, now=now)
    with pytest.raises(NoSuchHold):
        desk.extend("another", 1, until=now, now=now)
    with pytest.raises(NoSuchHold):
        desk.release("another", now=now)
    with pytest.raises(NoSuchHold):
        other.settle("call", 1, now=now)


@pytest.mark.parametrize("length", [1, 115, 120])
def test_a_call_with_a_long_key_is_booked_like_any_other(desk: Desk, now: datetime, length: int) -> None:
    key = "x" * length
    desk.reserve(key, micros(5), until=now + HOUR, now=now)

    desk.settle(key, micros(5), now=now)

    assert desk.fresh().balance == 8


def test_held_credit_stays_good_for_its_call_after_its_lot_expired(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(2), until=now + timedelta(days=3), now=now)
    after = now + timedelta(days=2)

    desk.expire(now=after)
    assert left(desk) == [(2, 2), (10, 0)]
    desk.settle("call", micros("1.5"), now=after)

    assert left(desk) == [(Decimal("0.5"), 0), (10, 0)]
    assert Lot.objects.order_by("pk")[0].expired == 1


def test_what_is_let_go_after_expiry_is_booked_by_the_next_sweep(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(2), until=now + timedelta(days=3), now=now)
    after = now + timedelta(days=2)
    desk.expire(now=after)

    desk.release("call", now=after)
    assert four(desk, after) == (12, 0, 10)
    for _ in range(2):
        desk.expire(now=after)

    assert left(desk) == [(0, 0), (10, 0)]
    assert (desk.lot(0).expired, desk.fresh().balance) == (3, 10)


def test_one_account_in_trouble_keeps_no_other_from_lapsing(
    desk: Desk, northwind: Organization, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Desk(northwind)
    other.promote(5, now=now, ends=now + timedelta(days=100))
    for each in (desk, other):
        each.reserve("call", micros(5), until=now + HOUR, now=now)
    let_go = holds.let_go
    with monkeypatch.context() as patch:
        patch.setattr(
            holds,
            "let_go",
            lambda account, *args, **more: 1 / (account.pk - desk.account.pk) and let_go(account, *args, **more),
        )
        assert holds.lapse_due(now=now + HOUR) == 1

    assert (desk.fresh().held, other.fresh().held) == (5, 0)
    assert holds.lapse_due(now=now + HOUR) == 1
