"""One charge by hand: every step on its timeline, confirmed with the bank or given up, and credited once."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from credits import limits, payments, tax
from credits.models import Account, Payment, PaymentMethod, Receipt
from credits.moves import Source, State
from notifications.models import Notice
from subscriptions.models import Organization, User
from tests import factories, fake_records, fakes
from tests.credits import charges
from tests.credits.charges import balance, buy, sweep
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_every_step_of_a_payment_is_on_its_timeline_with_who_told(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.BUSY, fakes.PAID_UNANSWERED)
    payment = buy(account, "100", actor=owner, now=now)

    for minutes in range(4):
        sweep(now + minutes * MINUTE)

    assert charges.told(payment) == [
        ("pending", "order"),
        ("submitting", "worker"),
        ("pending", "worker"),
        ("submitting", "worker"),
        ("unknown", "worker"),
        ("succeeded", "look_up"),
    ]


def test_a_purchase_by_hand_is_charged_on_session_and_leads_back_to_its_page(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    payment = buy(account, "100", actor=owner, now=now)

    sweep(now)

    (order,) = provider.orders
    assert order.present
    assert order.return_url.endswith(f"/communications-credits/payments/{payment.key}/")


def test_what_the_bank_asks_is_answered_on_its_page_and_then_credited_once(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.BANK)
    payment = buy(account, "100", actor=owner, now=now)
    sweep(now)

    page = payments.bank_page(payment, now=now)
    provider.finish(payment.key)
    for _ in range(2):
        payments.returned(payment, now=now + MINUTE)

    assert page.startswith("https://bank.test/")
    assert (payment.state, balance(account), provider.taken) == (State.SUCCEEDED, 150, 10000)
    assert ("requires_action", "answer") in charges.told(payment)


def test_a_refused_confirmation_fails_the_payment(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.BANK)
    payment = buy(account, "100", actor=owner, now=now)
    sweep(now)
    provider.finish(payment.key, code=fake_records.REFUSED)

    with pytest.raises(payments.NothingToConfirm):
        payments.bank_page(payment, now=now)

    assert (payment.state, payment.error_code, balance(account)) == (State.FAILED, fake_records.REFUSED, 50)


def test_an_order_left_at_the_bank_is_given_up_after_an_hour(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.BANK)
    payment = buy(account, "100", actor=owner, now=now)
    sweep(now)

    sweep(now + HOUR - MINUTE)
    early = Payment.objects.get().state
    sweep(now + HOUR)

    assert early == State.REQUIRES_ACTION
    assert Payment.objects.get().state == State.CANCELLED
    assert provider.charges[str(payment.key)].state == "canceled"


def test_what_was_confirmed_at_the_last_moment_is_credited_not_cancelled(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.BANK)
    payment = buy(account, "100", actor=owner, now=now)
    sweep(now)
    provider.finish(payment.key)

    sweep(now + HOUR)

    assert (Payment.objects.get().state, balance(account)) == (State.SUCCEEDED, 150)


def test_a_person_cancels_what_was_not_sent_and_what_waits_for_the_bank(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    unsent = buy(account, "100", actor=owner, now=now)
    payments.cancel(unsent, actor=owner, now=now)
    provider.script(fakes.BANK)
    asked = buy(account, "100", actor=owner, now=now)
    sweep(now)

    payments.cancel(asked, actor=owner, now=now)

    assert {unsent.state, asked.state} == {State.CANCELLED}
    assert (len(provider.orders), provider.taken, balance(account)) == (1, 0, 50)


def test_what_has_taken_money_is_not_cancelled(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.BANK)
    payment = buy(account, "100", actor=owner, now=now)
    sweep(now)
    provider.finish(payment.key)

    with pytest.raises(payments.TooLate):
        payments.cancel(payment, actor=owner, now=now)

    assert (payment.state, balance(account)) == (State.SUCCEEDED, 150)


def test_tax_is_charged_on_top_and_the_lot_is_without_it(
    tailspin: Organization, provider: FakeGateway, now: datetime
) -> None:
    tax.seed()
    method = factories.MethodFactory.create(account=tailspin.account)
    actor = tailspin.memberships.get(role="owner").user

    payment = buy(tailspin.account, "50", actor=actor, method=method, now=now)
    sweep(now)

    assert (payment.tax, payment.tax_percent, payment.tax_included) == (10, 20, False)
    assert (provider.taken, balance(tailspin.account)) == (6000, 50)


def test_funds_added_are_told_once_with_their_receipt(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    payment = buy(account, "100", actor=owner, now=now)

    for _ in range(2):
        sweep(now)

    notice = Notice.objects.get(kind=Notice.Kind.FUNDS_ADDED)
    assert notice.key == f"funds:{payment.key}"
    assert notice.facts["receipt"] == Receipt.objects.get(payment=payment).number == 1
    assert not Notice.objects.filter(kind=Notice.Kind.RECHARGE_PAID).exists()


def test_after_a_day_without_an_answer_somebody_is_told_once_and_nothing_is_charged_again(
    account: Account, provider: FakeGateway, owner: User, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    provider.script(fakes.LOST)
    buy(account, "100", actor=owner, now=now)
    sweep(now)

    for hours in range(24, 40):
        sweep(now + hours * HOUR)

    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == len(provider.orders) == 1
    assert (Payment.objects.get().state, Payment.objects.get().error_code) == (State.UNKNOWN, "unanswered")


def test_a_person_ends_what_a_day_has_not_answered_and_money_that_comes_then_still_counts(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.LOST)
    payment = buy(account, "100", actor=owner, now=now)
    sweep(now)
    with pytest.raises(payments.NotForAPerson):
        payments.close_unanswered(payment, actor=owner, note="asked", now=now + 22 * HOUR)

    payments.close_unanswered(payment, actor=owner, note="asked", now=now + DAY)
    ended = (payment.state, payment.error_code)
    answer = provider.charge(payments.order_of(payment))
    payments.apply_result(payment, answer, source=Source.RECONCILIATION, now=now + DAY)

    assert ended == (State.FAILED, "unanswered")
    assert (payment.state, balance(account)) == (State.SUCCEEDED, 150)


def test_a_provider_that_is_busy_for_long_is_asked_less_and_less_often(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(*[fakes.BUSY] * 100)
    buy(account, "100", actor=owner, now=now)

    asked = []
    for minutes in range(120):
        before = len(provider.orders)
        sweep(now + minutes * MINUTE)
        asked += [minutes] * (len(provider.orders) - before)

    assert asked[:2] == [0, 1]
    assert 8 <= len(asked) <= 12


def test_what_a_forgetful_program_had_sent_already_is_found_and_not_charged_again(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    """A database brought back from yesterday says pending; the provider has it, and no longer knows the key."""
    payment = buy(account, "100", actor=owner, now=now)
    answer = provider.charge(payments.order_of(payment))

    sweep(now + DAY)

    assert len(provider.orders) == 1
    assert (Payment.objects.get().provider_ref, balance(account)) == (answer.ref, 150)


@pytest.mark.parametrize("differs", [{"minor": 1}, {"currency": "EUR"}, {"customer": "cus_of_another"}])
def test_an_answer_that_does_not_fit_credits_nothing_and_is_told_once(
    account: Account, provider: FakeGateway, owner: User, now: datetime, caplog: pytest.LogCaptureFixture,
    differs: dict[str, object],
) -> None:  # fmt: skip
    payment = buy(account, "100", actor=owner, now=now)
    provider.charges[str(payment.key)] = replace(provider.charge(payments.order_of(payment)), **differs)  # type: ignore[arg-type]

    for hours in range(3):
        sweep(now + hours * HOUR)

    assert (Payment.objects.get().state, Payment.objects.get().error_code) == (State.UNKNOWN, "mismatch")
    assert balance(account) == 50
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


def test_a_card_whose_month_is_over_is_judged_by_its_bank(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """Banks often renew a card without a new number; the answer says it, and a hard one takes the card out."""
    PaymentMethod.objects.update(exp_month=1, exp_year=2026)
    provider.script("expired_card")
    charges.spend(account, "31", now=now)

    sweep(now)

    assert len(provider.orders) == 1
    assert PaymentMethod.objects.get().refused_at == now
    assert Notice.objects.get(kind=Notice.Kind.RECHARGE_FAILED).facts["cause"] == "expired_card"


def test_the_amount_of_an_order_is_within_the_limits(account: Account, owner: User, now: datetime) -> None:
    for amount in ("0", "-5", "0.001", "49.99", "10000.01", "10001"):
        with pytest.raises(limits.OutsideLimits):
            buy(account, amount, actor=owner, now=now)

    assert not Payment.objects.exists()
