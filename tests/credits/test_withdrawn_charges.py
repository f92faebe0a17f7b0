"""An automatic charge that had to wait is not sent when it is no longer wanted, and its round tries no other card."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits import accounts, ledger, payments, recharges
from credits.models import Account, AutoRecharge, Evaluation, Lot, Payment, PaymentStep, Recharge
from credits.moves import State
from credits.recharges import Terms
from subscriptions.models import Activity, User
from tests import fakes
from tests.credits.charges import another_card, balance, event, intent, spend, sweep
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
Cause = Callable[[Account, User, datetime], None]


def switch_off(account: Account, owner: User, now: datetime) -> None:
    recharges.change_terms(account, Terms(False, Decimal(20), Decimal(50)), actor=owner, now=now)


def pause(account: Account, owner: User, now: datetime) -> None:
    AutoRecharge.objects.filter(account=account).update(paused_at=now)


def freeze(account: Account, owner: User, now: datetime) -> None:
    Account.objects.filter(pk=account.pk).update(frozen_at=now)


def give(account: Account, owner: User, now: datetime) -> None:
    with accounts.changing(account.pk, now=now) as locked:
        ledger.grant(locked, kind=Lot.Kind.PROMOTION, amount=Decimal(1), key="gift", why="", now=now)


CAUSES = pytest.mark.parametrize(
    ("cause", "outcome", "why"),
    [
        (switch_off, Evaluation.Outcome.OFF, "not_allowed"),
        (pause, Evaluation.Outcome.PAUSED, "not_allowed"),
        (freeze, Evaluation.Outcome.FROZEN, "not_allowed"),
        (give, Evaluation.Outcome.ABOVE_TRIGGER, "above_trigger"),
    ],
)


@CAUSES
def test_a_charge_that_waits_is_given_up_when_it_is_not_wanted_any_more(
    account: Account, provider: FakeGateway, owner: User, now: datetime,
    cause: Cause, outcome: Evaluation.Outcome, why: str,
) -> None:  # fmt: skip
    another_card(account)
    provider.script(fakes.BUSY)
    spend(account, "31", now=now)
    recharges.charge_due(now=now)

    cause(account, owner, now + HOUR)
    for _ in range(2):
        sweep(now + HOUR)

    assert (provider.taken, Payment.objects.get().state) == (0, State.CANCELLED)
    assert (Recharge.objects.get().state, Recharge.objects.get().why) == (Recharge.State.CANCELLED, why)
    last = PaymentStep.objects.latest("pk")
    assert (last.was, last.source, last.detail) == ("pending", "worker", outcome)
    assert Evaluation.objects.filter(outcome=outcome, recharge=Recharge.objects.get()).exists()
    assert Activity.objects.filter(action="payment.cancelled").count() == 1


@CAUSES
def test_a_lost_charge_is_looked_up_and_not_sent_again_when_it_is_not_wanted_any_more(
    account: Account, provider: FakeGateway, owner: User, now: datetime,
    cause: Cause, outcome: Evaluation.Outcome, why: str,
) -> None:  # fmt: skip
    provider.script(fakes.LOST)
    spend(account, "31", now=now)
    recharges.charge_due(now=now)

    cause(account, owner, now + HOUR)
    looked = [payments.look_up_due(now=now + hours * HOUR) for hours in (1, 2, 3)]

    assert (looked, len(provider.orders), Payment.objects.get().state) == ([1, 1, 1], 1, State.UNKNOWN)


def test_a_lost_charge_is_sent_again_once_it_is_wanted_again(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.LOST)
    spend(account, "31", now=now)
    recharges.charge_due(now=now)
    give(account, owner, now)
    payments.look_up_due(now=now + HOUR)

    spend(account, "2", now=now + HOUR)
    sweep(now + 2 * HOUR)

    assert ({order.key for order in provider.orders}, provider.taken) == ({Payment.objects.get().key}, 5000)


def test_money_that_comes_for_a_withdrawn_charge_is_credited(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.BUSY)
    spend(account, "31", now=now)
    recharges.charge_due(now=now)
    switch_off(account, owner, now)
    sweep(now + HOUR)
    answer = provider.charge(payments.order_of(Payment.objects.get()))

    event("payment_intent.succeeded", intent(answer), now=now + HOUR)

    assert (Payment.objects.get().state, Recharge.objects.get().state) == ("succeeded", "succeeded")
    assert balance(account) == 69


def test_after_resuming_a_new_round_charges(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.BUSY)
    spend(account, "31", now=now)
    recharges.charge_due(now=now)
    pause(account, owner, now)
    sweep(now + HOUR)

    recharges.resume(account, actor=owner, now=now + HOUR)
    sweep(now + 2 * HOUR)

    assert (Recharge.objects.count(), provider.taken, balance(account)) == (2, 5000, 69)
