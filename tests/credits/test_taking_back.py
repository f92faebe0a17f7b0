"""Refund, void, dispute, adjustment, expiry: what is taken from a lot without paying for anything, and by whom."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from credits import expiry, figures, standing
from credits.ledger import AlreadyBooked, NotRefundable
from credits.models import Account, Debt, Hold, HoldPart, Journal, Lot, Payment
from subscriptions.models import Organization
from tests.credits.desk import Desk, broken_after_sweeping, micros

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def desk(fabrikam: Organization) -> Desk:
    return Desk(fabrikam)


@pytest.fixture(autouse=True)
def _integrity(desk: Desk, now: datetime) -> object:
    yield
    assert broken_after_sweeping(now=now + timedelta(days=800)) == {}


# Refund


def test_the_unspent_part_is_refunded_in_one_piece_or_several(desk: Desk, now: datetime) -> None:
    lot = desk.buy(50, now=now)
    desk.spend(20, now=now)

    desk.refund(0, micros(10), now=now)
    desk.refund(0, micros(20), now=now)

    lot.refresh_from_db()
    assert (lot.remaining, lot.voided, lot.open, desk.fresh().balance) == (0, 30, False, 0)
    assert Payment.objects.get().refunded == 30
    journal = Journal.objects.filter(kind=Journal.Kind.REFUND).latest("pk")
    assert (journal.movement, journal.payment, journal.actor, journal.why) == (
        -20,
        lot.payment,
        desk.actor,
        "asked for",
    )


@pytest.mark.parametrize("amount", ["30.000001", "50", "0", "-1"])
def test_no_more_than_is_unspent_is_refunded(desk: Desk, now: datetime, amount: str) -> None:
    desk.buy(50, now=now)
    desk.spend(20, now=now)

    with pytest.raises(NotRefundable):
        desk.refund(0, micros(amount), now=now)

    assert (desk.fresh().balance, Payment.objects.get().refunded) == (30, 0)


def test_what_a_call_holds_is_not_refunded(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.reserve("call", micros(20), until=now + DAY, now=now)

    with pytest.raises(NotRefundable):
        desk.refund(0, micros("30.000001"), now=now)
    desk.refund(0, micros(30), now=now)

    assert (desk.fresh().balance, desk.fresh().held) == (20, 20)


def test_a_purchase_is_refunded_within_fourteen_days(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)

    desk.refund(0, micros(1), now=now + 14 * DAY)
    with pytest.raises(NotRefundable):
        desk.refund(0, micros(1), now=now + 14 * DAY + timedelta(microseconds=1))


def test_a_disputed_purchase_is_not_refunded(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.freeze(0, now=now)

    with pytest.raises(NotRefundable):
        desk.refund(0, micros(1), now=now)


def test_a_refund_under_a_known_key_is_refused(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.refund(0, micros(10), now=now, key="once")

    with pytest.raises(AlreadyBooked):
        desk.refund(0, micros(10), now=now, key="once")

    assert (desk.fresh().balance, Payment.objects.get().refunded) == (40, 10)


def test_a_refund_takes_from_its_own_purchase_only(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.buy(50, now=now)

    desk.refund(1, micros(50), now=now)

    assert list(desk.account.lots.order_by("pk").values_list("remaining", flat=True)) == [50, 0]


# Void


def test_a_void_takes_all_that_is_left_but_what_calls_hold(desk: Desk, now: datetime) -> None:
    lot = desk.promote(50, now=now)
    desk.spend(20, now=now)
    desk.reserve("call", micros(10), until=now + DAY, now=now)

    for number in range(2):
        desk.void(0, now=now, key=f"void:{number}")

    lot.refresh_from_db()
    assert (lot.remaining, lot.held, lot.voided) == (10, 10, 20)
    assert Journal.objects.filter(kind=Journal.Kind.VOID).count() == 1
    desk.settle("call", micros(10), now=now)
    assert desk.fresh().balance == 0


# Adjustment


def test_an_adjustment_up_is_a_lot_and_pays_debts(desk: Desk, now: datetime) -> None:
    desk.spend(4, now=now)

    desk.adjust(10, now=now)

    assert (desk.lot(0).kind, desk.lot(0).amount, desk.lot(0).remaining) == (Lot.Kind.ADJUSTMENT, 10, 6)
    journal = desk.journal("adjusted")
    assert (journal.kind, journal.movement, journal.actor, journal.why) == ("adjustment", 10, desk.actor, "promised")


def test_an_adjustment_down_takes_from_the_lots_and_then_from_the_overdraft(desk: Desk, now: datetime) -> None:
    desk.promote(10, now=now)

    desk.adjust(-12, now=now)

    assert (desk.fresh().balance, desk.fresh().overdraft) == (-2, 2)
    desk.promote(5, now=now)
    assert (desk.fresh().balance, desk.fresh().overdraft) == (3, 0)


@pytest.mark.parametrize("amount", [10, -10])
def test_an_adjustment_without_a_reason_is_refused_by_the_database(desk: Desk, now: datetime, amount: int) -> None:
    with pytest.raises(IntegrityError, match="an_adjustment_names_who_and_why"), transaction.atomic():
        Journal.objects.create(
            account=desk.account, kind="adjustment", key="x", at=now, movement=amount, why="", actor=desk.actor
        )
    with pytest.raises(IntegrityError, match="an_adjustment_names_who_and_why"), transaction.atomic():
        Journal.objects.create(account=desk.account, kind="adjustment", key="x", at=now, movement=amount, why="why")
    with pytest.raises(IntegrityError, match="an_adjustment_names_who_and_why"):
        desk.adjust(amount, now=now, why="")

    assert not Journal.objects.exists()


@pytest.mark.parametrize("amount", [10, -1])
def test_an_adjustment_is_booked_once(desk: Desk, now: datetime, amount: int) -> None:
    desk.promote(50, now=now)
    desk.adjust(amount, now=now)

    with pytest.raises(AlreadyBooked):
        desk.adjust(amount, now=now)

    assert desk.fresh().balance == 50 + amount


# Dispute


def test_a_frozen_lot_is_not_spent_and_not_available(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.freeze(0, now=now)

    desk.spend(5, now=now)

    read = figures.of(desk.fresh(), now=now)
    assert (read.settled, read.available, desk.fresh().overdraft) == (45, -5, 5)
    assert not standing.may_call(desk.fresh().organization, now=now)


def test_a_dispute_won_frees_the_lot_and_pays_debts_at_once(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.freeze(0, now=now)
    desk.spend(5, now=now)

    for _ in range(2):
        desk.thaw(0, now=now)

    assert (desk.lot(0).remaining, desk.lot(0).frozen_at, desk.fresh().overdraft) == (45, None, 0)


def test_a_dispute_lost_voids_the_rest_and_what_was_spent_becomes_overdraft(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.spend(20, now=now)
    desk.refund(0, micros(6), now=now)
    desk.freeze(0, now=now)

    desk.lose("dispute:1", 0, now=now)

    assert (desk.lot(0).remaining, desk.lot(0).voided, desk.lot(0).frozen_at) == (0, 30, None)
    assert (desk.fresh().balance, Debt.objects.get().remaining) == (-20, 20)
    assert desk.journal("dispute:1").movement == -44


def test_a_dispute_lost_over_a_whole_lot_owes_nothing(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)

    desk.lose("dispute:1", 0, now=now)

    assert (desk.fresh().balance, desk.fresh().overdraft) == (0, 0)


def test_the_overdraft_of_a_lost_dispute_is_paid_by_other_lots(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.buy(30, now=now)
    desk.spend(50, now=now)

    desk.lose("dispute:1", 0, now=now)

    assert (desk.lot(1).remaining, desk.fresh().overdraft) == (0, 20)


def test_a_dispute_is_lost_once(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.spend(20, now=now)
    desk.lose("dispute:1", 0, micros(35), now=now)

    with pytest.raises(AlreadyBooked):
        desk.lose("dispute:1", 0, micros(10), now=now)

    assert desk.fresh().balance == -5


def test_a_dispute_of_a_part_takes_what_is_left_first_and_then_what_was_spent(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.spend(20, now=now)
    desk.freeze(0, now=now)

    desk.lose("dispute:1", 0, micros(10), now=now)
    after_first = (desk.lot(0).remaining, desk.lot(0).frozen_at, desk.fresh().overdraft)
    desk.lose("dispute:2", 0, micros(25), now=now)

    assert after_first == (20, None, 0)
    assert (desk.lot(0).remaining, desk.fresh().overdraft, desk.fresh().balance) == (0, 5, -5)


def test_lost_disputes_take_no_more_than_the_payment_whoever_took_it_before(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.spend(40, now=now)
    desk.refund(0, micros(4), now=now)

    for number in range(3):
        desk.lose(f"dispute:{number}", 0, micros(30), now=now)

    movements = [desk.journal(f"dispute:{number}").movement for number in range(2)]
    assert (movements, desk.fresh().balance) == ([-30, -16], -40)
    assert not desk.account.journals.filter(key="dispute:2").exists()


def test_a_dispute_of_a_part_leaves_what_calls_hold_while_the_rest_is_enough(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)
    desk.reserve("first", micros(8), until=now + DAY, now=now)
    desk.reserve("second", micros(12), until=now + DAY, now=now)

    desk.lose("dispute:1", 0, micros(30), now=now)
    after_first = list(Hold.objects.order_by("pk").values_list("amount", flat=True))
    desk.lose("dispute:2", 0, micros(15), now=now)

    assert after_first == [8, 12]
    assert list(HoldPart.objects.values_list("amount", flat=True)) == [5]
    assert (desk.fresh().held, desk.lot(0).held, desk.lot(0).remaining) == (5, 5, 5)


def test_a_lost_dispute_drops_what_calls_hold_of_the_lot(desk: Desk, now: datetime) -> None:
    desk.buy(5, now=now)
    desk.promote(20, now=now, ends=now + 600 * DAY)
    desk.reserve("call", micros(8), until=now + DAY, now=now)

    desk.lose("dispute:1", 0, now=now)

    assert (Hold.objects.get().amount, HoldPart.objects.get().amount) == (3, 3)
    assert (desk.fresh().held, desk.lot(0).held, desk.lot(1).held) == (3, 0, 3)
    desk.settle("call", micros(8), now=now)
    assert desk.fresh().balance == 12


# Expiry


def test_a_lot_is_good_until_its_instant_and_not_at_it(desk: Desk, now: datetime) -> None:
    end = now + DAY
    desk.promote(10, now=now, ends=end)

    assert figures.of(desk.fresh(), now=end - timedelta(microseconds=1)).available == 10
    assert figures.of(desk.fresh(), now=end).available == 0
    assert expiry.expire_due(now=end - timedelta(microseconds=1)) == 0
    assert expiry.expire_due(now=end) == 1
    assert expiry.expire_due(now=end) == 0
    assert (desk.lot(0).expired, desk.fresh().balance) == (10, 0)


def test_a_late_sweep_changes_nothing_about_what_could_be_spent(desk: Desk, now: datetime) -> None:
    desk.promote(10, now=now, ends=now + DAY)

    desk.spend(4, now=now + 2 * DAY)
    desk.expire(now=now + 3 * DAY)

    assert (desk.lot(0).expired, desk.fresh().balance, desk.fresh().overdraft) == (10, -4, 4)


def test_a_frozen_lot_expires_when_the_dispute_is_over(desk: Desk, now: datetime) -> None:
    desk.promote(10, now=now, ends=now + DAY)
    desk.freeze(0, now=now)

    desk.expire(now=now + 2 * DAY)
    assert desk.lot(0).expired == 0
    desk.thaw(0, now=now + 2 * DAY)
    desk.expire(now=now + 2 * DAY)

    assert desk.lot(0).expired == 10


def test_one_sweep_serves_every_account_on_its_own(desk: Desk, northwind: Organization, now: datetime) -> None:
    other = Desk(northwind)
    for one in (desk, other):
        one.promote(10, now=now, ends=now + DAY)
        one.promote(3, now=now, ends=now + 2 * DAY)

    assert expiry.expire_due(now=now + DAY) == 2

    assert list(Account.objects.order_by("pk").values_list("balance", flat=True)) == [3, 3]
