"""An automatic charge that the bank wants confirmed: a day with a mailed link, then the next card."""

from datetime import datetime, timedelta

import pytest

from credits import payments, recharges
from credits.models import Account, AutoRecharge, Evaluation, Payment, Recharge
from credits.moves import State
from notifications.models import Notice
from tests import fake_records, fakes
from tests.credits.charges import another_card, balance, spend, sweep
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def asked(account: Account, provider: FakeGateway, now: datetime) -> Payment:
    """Contoso's recharge, which its bank wants confirmed."""
    provider.script(fakes.BANK)
    spend(account, "31", now=now)
    sweep(now)
    return Payment.objects.get()


def test_it_waits_a_day_and_somebody_is_sent_for(asked: Payment, now: datetime) -> None:
    notice = Notice.objects.get(kind=Notice.Kind.NEEDS_BANK)

    assert (asked.state, asked.due_at) == (State.REQUIRES_ACTION, now + DAY)
    assert notice.key == f"bank:{asked.key}"
    assert notice.facts["until"] == (now + DAY).isoformat()
    assert Evaluation.objects.filter(outcome=Evaluation.Outcome.NEEDS_BANK, recharge=asked.recharge).exists()


def test_while_it_waits_nothing_else_is_charged(
    asked: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    another_card(account)

    for hours in range(1, 24):
        spend(account, "0.5", now=now + timedelta(hours=hours))
        sweep(now + timedelta(hours=hours))

    assert len(provider.orders) == 1
    assert Recharge.objects.get().state == Recharge.State.OPEN


def test_the_person_confirms_and_the_round_succeeds_once(
    asked: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    page = payments.bank_page(asked, now=now)
    provider.finish(asked.key)
    for _ in range(2):
        payments.returned(asked, now=now + MINUTE)

    assert page.startswith("https://bank.test/")
    assert (provider.taken, balance(account)) == (5000, 69)
    assert Recharge.objects.get().state == Recharge.State.SUCCEEDED
    assert Notice.objects.filter(kind=Notice.Kind.RECHARGE_PAID).count() == 1


def test_coming_back_without_an_answer_changes_nothing(asked: Payment, now: datetime) -> None:
    payments.bank_page(asked, now=now)

    payments.returned(asked, now=now)

    assert asked.state == State.REQUIRES_ACTION


def test_after_a_day_it_is_cancelled_there_and_the_next_card_is_charged(
    asked: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    second = another_card(account)

    sweep(now + DAY)

    asked.refresh_from_db()
    assert (asked.state, asked.error_code) == (State.CANCELLED, "authentication_expired")
    assert provider.charges[str(asked.key)].state == "canceled"
    assert [order.method for order in provider.orders] == [asked.method.provider_ref, second.provider_ref]
    assert balance(account) == 69


def test_after_a_day_without_another_card_the_round_has_failed(
    asked: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    sweep(now + DAY)

    assert Recharge.objects.get().state == Recharge.State.FAILED
    assert AutoRecharge.objects.get().next_try_at == now + 2 * DAY
    assert Notice.objects.get(kind=Notice.Kind.RECHARGE_FAILED).facts["cause"] == "authentication_expired"


def test_a_provider_that_is_away_keeps_it_waiting(asked: Payment, provider: FakeGateway, now: datetime) -> None:
    provider.reachable = False

    payments.give_up_due(now=now + DAY)
    asked.refresh_from_db()
    provider.reachable = True
    sweep(now + DAY + 3 * MINUTE)

    assert asked.state == State.REQUIRES_ACTION
    assert Payment.objects.get().state == State.CANCELLED


def test_a_bank_that_refuses_the_person_ends_the_attempt(
    asked: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    provider.script(fake_records.REFUSED)

    with pytest.raises(payments.NothingToConfirm):
        payments.bank_page(asked, now=now)

    assert (asked.state, asked.error_code) == (State.FAILED, fake_records.REFUSED)
    assert Recharge.objects.get().state == Recharge.State.FAILED


def test_saving_other_terms_meanwhile_does_not_lose_the_money(
    asked: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    AutoRecharge.objects.update(enabled=False)
    provider.finish(asked.key)

    recharges.charge_due(now=now + DAY)
    sweep(now + DAY)

    assert balance(account) == 69
