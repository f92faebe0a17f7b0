"""The ledger under eight connections at once: nothing lost, nothing invented, nobody left in a deadlock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from credits import expiry
from credits.holds import NotEnoughCredit
from credits.ledger import AlreadyBooked, NotRefundable
from credits.models import Hold, Journal, Lot, Payment, Recharge
from tests import factories
from tests.credits.desk import Desk, broken, micros
from tests.credits.together import at_once, calm

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 8
ROUNDS = 12
DAY = timedelta(days=1)


@pytest.fixture
def desk() -> Desk:
    return Desk(factories.fabrikam())


def rounds(act: Callable[[str], object]) -> Callable[[], None]:
    """A worker's whole work: the same thing several times, told which time it is."""

    def work() -> None:
        for number in range(ROUNDS):
            act(str(number))

    return work


def worker(desk: Desk, name: object, cost: str, now: datetime) -> Callable[[], None]:
    return rounds(lambda number: desk.spend(cost, now=now, key=f"{name}:{number}"))


def test_debits_against_debits(desk: Desk, now: datetime) -> None:
    for end in range(1, 20):
        desk.promote("10.000001", now=now, ends=now + end * DAY)

    calm(at_once([worker(desk, name, "1.300007", now) for name in range(WORKERS)]))

    spent = WORKERS * ROUNDS * Decimal("1.300007")
    assert desk.fresh().balance == 19 * Decimal("10.000001") - spent
    assert Journal.objects.filter(kind="usage").count() == WORKERS * ROUNDS
    assert broken(None, now=now) == {}


def test_debits_against_money_in(desk: Desk, now: datetime) -> None:
    """Whoever comes first: in the end nothing is owed while credit is free."""
    earning = [rounds(lambda number: desk.promote(5, now=now)) for _ in range(WORKERS // 2)]
    spending = [worker(desk, name, "4.9", now) for name in range(WORKERS // 2)]

    calm(at_once([*earning, *spending]))

    account = desk.fresh()
    assert account.balance == WORKERS // 2 * ROUNDS * Decimal("0.1")
    assert account.overdraft == 0
    assert broken(None, now=now) == {}


def test_debits_against_expiry(desk: Desk, now: datetime) -> None:
    for end in range(24):
        desk.promote(3, now=now, ends=now + end * timedelta(hours=1) + DAY)

    def sweep() -> None:
        for hour in range(24):
            expiry.expire_due(now=now + DAY + timedelta(hours=hour))

    def spend(name: int) -> Callable[[], None]:
        return rounds(
            lambda number: desk.spend("0.5", now=now + DAY + timedelta(hours=int(number)), key=f"{name}:{number}")
        )

    calm(at_once([sweep, sweep, *[spend(name) for name in range(WORKERS - 2)]]))

    gone = sum(Lot.objects.values_list("expired", flat=True))
    assert desk.fresh().balance == 24 * 3 - gone - (WORKERS - 2) * ROUNDS * Decimal("0.5")
    assert not Lot.objects.filter(open=True, expires_at__lte=now + DAY + timedelta(hours=23)).exists()
    assert broken(None, now=now + 3 * DAY) == {}


def test_thirty_calls_on_a_balance_that_pays_for_one(desk: Desk, now: datetime) -> None:
    desk.promote(10, now=now)

    def call(name: int) -> Callable[[], None]:
        return lambda: desk.reserve(f"call {name}", micros(6), until=now + DAY, now=now)

    answers = at_once([call(name) for name in range(30)])

    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, NotEnoughCredit) for answer in answers) == 29
    assert (desk.fresh().held, Hold.objects.count()) == (6, 1)
    assert broken(None, now=now) == {}


def test_holds_against_debits(desk: Desk, now: datetime) -> None:
    desk.promote(100, now=now)

    def call(name: int) -> Callable[[], None]:
        def live(number: str) -> None:
            key = f"{name}:{number}"
            desk.reserve(key, micros(1), until=now + DAY, now=now)
            desk.extend(key, micros("1.5"), until=now + DAY, now=now)
            desk.settle(key, micros("0.75"), now=now)

        return rounds(live)

    calm(at_once([*[call(name) for name in range(4)], *[worker(desk, name, "0.5", now) for name in range(4)]]))

    account = desk.fresh()
    assert (account.balance, account.held) == (100 - 4 * ROUNDS * Decimal("1.25"), 0)
    assert broken(None, now=now) == {}


def test_the_same_call_settled_by_eight_is_booked_once(desk: Desk, now: datetime) -> None:
    desk.promote(100, now=now)
    desk.reserve("call", micros(5), until=now + DAY, now=now)

    calm(at_once([lambda: desk.settle("call", micros(4), now=now)] * WORKERS))

    assert (desk.fresh().balance, Journal.objects.filter(kind="usage").count()) == (96, 1)
    assert broken(None, now=now) == {}


def test_the_same_charge_from_eight_is_booked_once(desk: Desk, now: datetime) -> None:
    desk.promote(100, now=now)

    answers = at_once([lambda: desk.spend(1, 2, now=now)] * WORKERS)

    assert sum(isinstance(answer, AlreadyBooked) for answer in answers) == WORKERS - 1
    assert desk.fresh().balance == 97
    assert broken(None, now=now) == {}


def test_refunds_against_debits(desk: Desk, now: datetime) -> None:
    desk.buy(50, now=now)

    def refund() -> int:
        done = 0
        for _ in range(ROUNDS):
            try:
                desk.refund(0, micros(1), now=now)
            except NotRefundable:
                return done
            done += 1
        return done

    spending = [worker(desk, name, "0.9", now) for name in range(WORKERS // 2)]
    answers = calm(at_once([refund] * (WORKERS // 2) + spending))  # type: ignore[operator]

    refunded = sum(answer or 0 for answer in answers)
    assert Payment.objects.get().refunded == desk.lot(0).voided == refunded
    assert desk.fresh().balance == 50 - refunded - WORKERS // 2 * ROUNDS * Decimal("0.9")
    assert broken(None, now=now) == {}


def test_corrections_against_debits(desk: Desk, now: datetime) -> None:
    desk.promote(30, now=now)
    desk.spend(*[1] * 40, now=now, key="old")

    def correct(name: int) -> Callable[[], None]:
        def work() -> None:
            for number in range(name, 40, 4):
                desk.correct(f"old:{number}", micros("0.5"), now=now)

        return work

    calm(at_once([*[correct(name) for name in range(4)], *[worker(desk, name, "0.1", now) for name in range(4)]]))

    assert desk.fresh().balance == 30 - 40 + 20 - 4 * ROUNDS * Decimal("0.1")
    assert broken(None, now=now) == {}


def test_eight_debits_across_the_trigger_request_one_recharge(now: datetime) -> None:
    desk = Desk(factories.contoso())
    desk.promote(22, now=now)

    calm(at_once([worker(desk, name, "0.5", now) for name in range(WORKERS)]))

    assert Recharge.objects.get().state == Recharge.State.OPEN
    assert Recharge.objects.get().available == Decimal("19.5")
    assert broken(None, now=now) == {}


def test_two_accounts_do_not_wait_for_each_other(desk: Desk, now: datetime) -> None:
    other = Desk(factories.northwind())

    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM credits_account WHERE id = %s FOR UPDATE", [desk.account.pk])
        try:
            calm(at_once([lambda: other.spend(1, now=now)]))
        finally:
            cursor.execute("ROLLBACK")

    assert other.fresh().balance == -1
