"""A disputed purchase: its credit waits, is freed or lost, once, whatever order the news comes in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from credits import disputes
from credits.disputes import NothingDisputed
from credits.models import AutoRecharge, Evaluation, Journal, Payment, Recharge
from notifications.models import Notice
from subscriptions.models import Activity, Organization
from tests.credits.desk import Desk, broken, micros

pytestmark = pytest.mark.django_db
News = Callable[..., None]


@pytest.fixture
def desk(contoso: Organization, now: datetime) -> Desk:
    """Contoso's, with $50 bought, of which $10 are spent."""
    desk = Desk(contoso)
    desk.buy(50, now=now)
    desk.spend(10, now=now)
    return desk


@pytest.fixture
def payment(desk: Desk) -> Payment:
    return Payment.objects.get()


def test_what_is_left_waits_while_the_bank_decides(desk: Desk, payment: Payment, now: datetime) -> None:
    for _ in range(2):
        disputes.open_(payment, ref="dp_1", now=now)

    assert desk.lot(0).frozen_at == now
    assert desk.picture(now)["available"] == 0
    assert Activity.objects.filter(action="dispute.opened").count() == 1


def test_won_the_credit_is_back_and_pays_what_is_owed(desk: Desk, payment: Payment, now: datetime) -> None:
    disputes.open_(payment, ref="dp_1", now=now)
    desk.spend(5, now=now, key="meanwhile")

    for _ in range(2):
        disputes.win(payment, ref="dp_1", now=now)

    assert (desk.lot(0).frozen_at, desk.lot(0).remaining, desk.fresh().overdraft) == (None, 35, 0)


def test_lost_what_was_spent_is_owed_and_nothing_is_charged_by_itself(
    desk: Desk, payment: Payment, now: datetime
) -> None:
    disputes.open_(payment, ref="dp_1", now=now)
    Evaluation.objects.all().delete()
    Recharge.objects.all().delete()

    for _ in range(2):
        disputes.lose(payment, ref="dp_1", now=now + timedelta(days=30))

    assert (desk.fresh().balance, desk.fresh().overdraft) == (-10, 10)
    assert AutoRecharge.objects.get(account=desk.account).paused_at == now + timedelta(days=30)
    assert not Recharge.objects.exists()
    assert Journal.objects.filter(kind="dispute").count() == 1


@pytest.mark.parametrize("end", [disputes.win, disputes.lose])
def test_the_order_of_the_news_does_not_matter(desk: Desk, payment: Payment, now: datetime, end: News) -> None:
    expected = -10 if end is disputes.lose else 40

    for number, order in enumerate(permutations([disputes.open_, end, end])):
        for news in order:
            news(payment, ref="dp_1", now=now)
        assert (desk.fresh().balance, desk.lot(0).frozen_at) == (expected, None), number


def test_a_decided_dispute_stays_decided(desk: Desk, payment: Payment, now: datetime) -> None:
    disputes.lose(payment, ref="dp_1", now=now)

    disputes.win(payment, ref="dp_1", now=now)

    assert desk.fresh().balance == -10


def test_holds_on_a_lost_lot_are_dropped(desk: Desk, payment: Payment, now: datetime) -> None:
    desk.reserve("call", micros(20), until=now + timedelta(hours=1), now=now)
    disputes.open_(payment, ref="dp_1", now=now)

    disputes.lose(payment, ref="dp_1", now=now)
    desk.settle("call", micros(3), now=now)

    assert (desk.fresh().held, desk.fresh().balance) == (0, -13)


def test_a_payment_without_credit_is_named(contoso: Organization, desk: Desk, now: datetime) -> None:
    method = contoso.account.payment_methods.get()
    unpaid = Payment.objects.create(
        account=contoso.account, kind="manual", method=method, currency="USD", amount=50, created_at=now, due_at=now
    )

    with pytest.raises(NothingDisputed):
        disputes.open_(unpaid, ref="dp_1", now=now)


def test_what_a_call_had_kept_of_a_lost_lot_was_out_of_reach_of_other_calls(desk: Desk, now: datetime) -> None:
    desk.reserve("live", micros(30), until=now + timedelta(hours=1), now=now)
    desk.spend(15, now=now, key="owing")

    desk.freeze(0, now=now + timedelta(minutes=1))
    desk.lose("lost", 0, now=now + timedelta(minutes=2))

    assert desk.fresh().overdraft == 25
    assert broken(desk.account, now=now + timedelta(minutes=2)) == {}


@pytest.mark.parametrize("minors", [(2500, 2500), (2500, 5000, 5000), (None, None), (5000, 2500)], ids=str)
def test_disputes_of_parts_take_together_no_more_than_was_paid(
    desk: Desk, payment: Payment, now: datetime, minors: tuple[int | None, ...]
) -> None:
    desk.spend(40, now=now, key="rest")

    for number, minor in enumerate(minors):
        disputes.lose(payment, ref=f"dp_{number}", minor=minor, now=now)

    assert (desk.fresh().balance, desk.fresh().overdraft) == (-50, 50)
    assert set(Journal.objects.filter(kind="dispute").values_list("payment", flat=True)) == {payment.pk}


def test_only_what_was_disputed_is_lost_and_the_rest_can_be_spent(desk: Desk, payment: Payment, now: datetime) -> None:
    disputes.open_(payment, ref="dp_1", now=now)

    disputes.lose(payment, ref="dp_1", minor=1500, now=now)

    assert (desk.lot(0).remaining, desk.lot(0).frozen_at, desk.fresh().overdraft) == (25, None, 0)
    paused = Notice.objects.get(kind=Notice.Kind.RECHARGE_PAUSED)
    assert Decimal(paused.facts["amount"]) == 15


@pytest.mark.parametrize("end", [disputes.win, disputes.lose])
def test_credit_waits_for_the_last_of_two_disputes(desk: Desk, payment: Payment, now: datetime, end: News) -> None:
    disputes.open_(payment, ref="dp_1", now=now)
    disputes.open_(payment, ref="dp_2", now=now)

    part = {"minor": 1000} if end is disputes.lose else {}
    end(payment, ref="dp_1", now=now, **part)
    waits = desk.lot(0).frozen_at
    disputes.win(payment, ref="dp_2", now=now)

    assert waits is not None
    assert desk.lot(0).frozen_at is None


def test_every_stage_is_told_once(desk: Desk, payment: Payment, now: datetime) -> None:
    AutoRecharge.objects.update(enabled=False)

    for _ in range(2):
        disputes.open_(payment, ref="dp_1", now=now)
        disputes.open_(payment, ref="dp_2", now=now)
        disputes.win(payment, ref="dp_1", now=now)
        disputes.lose(payment, ref="dp_2", now=now)

    told = Notice.objects.filter(kind=Notice.Kind.DISPUTED).order_by("pk")
    assert [notice.key for notice in told] == ["opened:dp_1", "opened:dp_2", "won:dp_1", "lost:dp_2"]
    assert all(notice.withdrawn_at == now for notice in told[:2])
    assert Decimal(told[0].facts["waits"]) == 40


def test_a_lost_dispute_that_pauses_the_recharge_is_told_in_one_notice(
    desk: Desk, payment: Payment, now: datetime
) -> None:
    disputes.lose(payment, ref="dp_1", now=now)

    (notice,) = Notice.objects.filter(kind__in=[Notice.Kind.RECHARGE_PAUSED, Notice.Kind.DISPUTED])
    assert notice.facts["payment"] == str(payment.key)
