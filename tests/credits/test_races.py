"""Races made to happen: another connection acts between a rule's reading and its writing, and is kept out till the end.

Each case names the point: the function that is about to be called when the other one comes.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import OperationalError

from credits import accounts, expiry, holds, outcomes, payments, recharges, triggers
from credits.gateway import Answer
from credits.holds import NotEnoughCredit
from credits.ledger import NotRefundable, book, lots
from credits.models import AutoRecharge, Payment, Recharge
from credits.moves import Source
from credits.recharges import sizing
from tests import factories, fakes
from tests.credits.desk import Desk, broken, micros
from tests.credits.together import Intruder, comes_before

pytestmark = pytest.mark.django_db(transaction=True)
DAY, YEAR = timedelta(days=1), timedelta(days=366)
Act = Callable[[Desk, datetime], object]


@pytest.fixture
def desk(now: datetime) -> Desk:
    """Fabrikam's, with a purchase of $10."""
    desk = Desk(factories.fabrikam())
    desk.buy(10, now=now)
    return desk


def debit(desk: Desk, now: datetime) -> None:
    desk.spend(7, now=now, key="host")


def spend_too(desk: Desk, now: datetime) -> None:
    desk.spend(7, now=now, key="intruder")


def earn(desk: Desk, now: datetime) -> None:
    desk.promote(20, now=now)


def sweep(desk: Desk, now: datetime) -> None:
    if not expiry.expire_due(now=now + YEAR):
        raise OperationalError("lock timeout: the sweep has left the account for its next round")


def refund(desk: Desk, now: datetime) -> None:
    desk.refund(0, micros(3), now=now)


def reserve(desk: Desk, now: datetime) -> None:
    desk.reserve("call", micros(3), until=now + DAY, now=now)


def freeze(desk: Desk, now: datetime) -> None:
    desk.freeze(0, now=now)


def raced(
    monkeypatch: pytest.MonkeyPatch, point: tuple[object, str], host: Callable[[], object], act: Callable[[], object]
) -> Intruder:
    """Let the host do its work while the other comes at that point; both are through in the end."""
    intruder = Intruder(act)
    comes_before(monkeypatch, *point, intruder)
    host()
    monkeypatch.undo()
    intruder.finish()
    return intruder


POINTS = [
    pytest.param((lots, "free"), id="before the lots are read"),
    pytest.param((book, "write"), id="between reading and writing"),
    pytest.param((triggers, "evaluate"), id="after writing"),
]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(
    ("act", "balance", "overdraft"),
    [(spend_too, -4, 4), (earn, 23, 0), (sweep, 0, 0), (refund, 0, 0), (reserve, 3, 0), (freeze, 3, 0)],
)
def test_whatever_comes_while_a_debit_is_booked_waits_for_it(
    desk: Desk,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    point: tuple[object, str],
    act: Act,
    balance: int,
    overdraft: int,
) -> None:
    intruder = raced(monkeypatch, point, lambda: debit(desk, now), lambda: act(desk, now))

    assert intruder.was_kept_out
    assert (desk.fresh().balance, desk.fresh().overdraft) == (balance, overdraft)
    assert broken(None, now=now) == {}


@pytest.mark.parametrize(
    ("host", "act", "refusal"),
    [
        pytest.param(
            reserve, lambda desk, now: desk.reserve("x", micros(8), until=now, now=now), NotEnoughCredit, id="hold"
        ),
        pytest.param(refund, lambda desk, now: desk.refund(0, micros(8), now=now), NotRefundable, id="refund"),
        pytest.param(freeze, lambda desk, now: desk.refund(0, micros(8), now=now), NotRefundable, id="dispute"),
        pytest.param(debit, lambda desk, now: desk.refund(0, micros(8), now=now), NotRefundable, id="spent"),
    ],
)
def test_who_comes_second_sees_what_the_first_has_left(
    desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch, host: Act, act: Act, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        raced(monkeypatch, (triggers, "evaluate"), lambda: host(desk, now), lambda: act(desk, now))

    assert broken(None, now=now) == {}


def test_a_debit_that_comes_while_expiry_is_booked_finds_nothing(
    desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = (triggers, "with_consequences")
    intruder = raced(monkeypatch, point, lambda: sweep(desk, now), lambda: desk.spend(7, now=now, key="late"))

    assert intruder.was_kept_out
    assert (desk.lot(0).expired, desk.fresh().balance, desk.fresh().overdraft) == (10, -7, 7)
    assert broken(None, now=now) == {}


def test_a_call_settled_while_its_hold_lapses_is_booked_once(
    desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.reserve("call", micros(3), until=now, now=now)

    intruder = raced(
        monkeypatch,
        (holds, "_take_apart"),
        lambda: holds.lapse_due(now=now),
        lambda: desk.settle("call", micros(4), now=now),
    )

    assert intruder.was_kept_out
    assert (desk.fresh().balance, desk.fresh().held) == (6, 0)
    assert broken(None, now=now) == {}


def test_an_answer_and_its_webhook_make_one_lot(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    contoso = factories.contoso()
    account, key = contoso.account, UUID(int=7)
    provider = fakes.install(monkeypatch)
    payment = payments.place_order(
        account,
        amount=Decimal(50),
        key=key,
        method=account.payment_methods.get(),
        actor=contoso.memberships.get(role="owner").user,
        now=now,
    )

    def webhook() -> None:
        answer: Answer = provider.charges[str(key)]
        payments.apply_result(Payment.objects.get(), answer, source=Source.WEBHOOK, now=now)

    intruder = Intruder(webhook)
    comes_before(monkeypatch, outcomes, "apply", intruder)
    payments.charge(payment, now=now)
    intruder.finish()

    assert intruder.was_kept_out
    assert (account.lots.count(), Desk(contoso).fresh().balance) == (1, 50)
    assert broken(None, now=now) == {}


def test_a_round_is_begun_once_however_many_workers_see_it(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    desk = Desk(factories.contoso())
    desk.spend(1, now=now)
    seen = Recharge.objects.get()

    intruder = raced(
        monkeypatch,
        (sizing, "size"),
        lambda: recharges.begin(Recharge.objects.get(), now=now),
        lambda: recharges.begin(seen, now=now),
    )

    assert intruder.was_kept_out
    assert Payment.objects.count() == 1


def test_terms_switched_off_while_a_debit_crosses_the_trigger(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """The debit was first: its round is open, and is cancelled when it is begun."""
    desk = Desk(factories.contoso())
    off = recharges.Terms(False, Decimal(20), Decimal(50))

    intruder = raced(
        monkeypatch,
        (triggers, "evaluate"),
        lambda: desk.spend(1, now=now),
        lambda: recharges.change_terms(desk.account, off, actor=desk.actor, now=now),
    )
    recharges.begin_due(now=now)

    assert intruder.was_kept_out
    assert not AutoRecharge.objects.get(account=desk.account).enabled
    assert (Recharge.objects.get().why, Payment.objects.count()) == ("not_allowed", 0)


def test_an_account_is_locked_before_anything_of_it_is_read(desk: Desk, now: datetime) -> None:
    with accounts.changing(desk.account.pk, now=now):
        intruder = Intruder(lambda: spend_too(desk, now))
        intruder.come()
    intruder.finish()

    assert intruder.was_kept_out
