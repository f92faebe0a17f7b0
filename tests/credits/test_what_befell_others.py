"""Charging twice, or not at all: failures of other prepaid systems, each tried here; the docstring names whose."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits import ledger, outcomes, payments, recharges
from credits.gateway import Answer
from credits.models import Account, AutoRecharge, Evaluation, Lot, Payment, PaymentMethod, Recharge
from credits.moves import Source, State
from credits.recharges import Terms
from notifications.models import Notice
from subscriptions.models import Organization, User
from tests import factories, fakes
from tests.credits.charges import balance, buy, spend, sweep
from tests.credits.together import at_once, calm
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_a_gap_of_many_steps_is_one_charge_not_one_for_each_step(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """Lago 6177: a top-up smaller than the gap was charged once for each increment, at every refresh."""
    spend(account, "290", now=now)

    for minutes in range(5):
        sweep(now + minutes * MINUTE)

    assert [order.total for order in provider.orders] == [300]


def test_a_gap_that_grows_while_a_round_is_open_asks_for_no_other(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """Lago 6177, gumroad 7109: the key held the amount, so a shortfall of another size was charged besides."""
    spend(account, "31", now=now)
    recharges.begin_due(now=now)

    for _ in range(5):
        spend(account, "40", now=now)
        payments.charge_due(now=now)

    assert Recharge.objects.filter(pk=Recharge.objects.order_by("pk")[0].pk, amount=50).exists()
    assert [order.total for order in provider.orders] == [50]


def test_a_decline_is_not_tried_again_at_every_look_at_the_balance(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """Lago 6176: a real authorization every few seconds, for days, since the balance was still low."""
    provider.script(*["insufficient_funds"] * 1000)
    spend(account, "31", now=now)

    for minutes in range(0, 23 * 60, 10):
        spend(account, "0.01", now=now + minutes * MINUTE)
        sweep(now + minutes * MINUTE)

    assert len(provider.orders) == 1


def test_one_dead_card_is_asked_three_times_and_then_no_more(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """Autumn 2420: 670 invoices for one dead card; a window of time forgets what was refused before it."""
    provider.script(*["generic_decline"] * 1000)
    spend(account, "31", now=now)

    for hours in range(0, 60 * 24, 12):
        spend(account, "0.01", now=now + hours * HOUR)
        sweep(now + hours * HOUR)

    assert len(provider.orders) == 3
    assert Notice.objects.filter(kind=Notice.Kind.RECHARGE_PAUSED).count() == 1


def test_a_charge_that_breaks_off_is_repeated_under_its_own_key(
    account: Account, provider: FakeGateway, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Akash 3756: 486 failures in an afternoon; the claim was released on failure, each retry had a fresh key."""
    spend(account, "31", now=now)
    for minutes in range(0, 30, 3):
        with monkeypatch.context() as broken:
            broken.setattr(outcomes, "apply", lambda *_, **__: 1 / 0)
            sweep(now + minutes * MINUTE)

    sweep(now + HOUR)

    assert len({order.key for order in provider.orders}) == 1
    assert (provider.taken, balance(account)) == (5000, 69)


def test_a_bank_that_asks_is_neither_success_nor_asked_again_and_somebody_is_told(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """Akash 3809: logged as reloaded, an incomplete intent every 61 minutes for days, and nobody told."""
    provider.script(*[fakes.BANK] * 1000)
    spend(account, "31", now=now)

    for hours in range(23):
        sweep(now + hours * HOUR)

    assert (len(provider.orders), balance(account)) == (1, 19)
    assert Notice.objects.filter(kind=Notice.Kind.NEEDS_BANK).count() == 1


def test_a_slow_payment_is_not_charged_again_by_asking_again(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    """Akash 3449: customers charged two and three times by retrying a slow payment that had succeeded."""
    provider.script(fakes.PAID_UNANSWERED)
    payment = buy(account, "100", actor=owner, now=now)
    payments.charge(payment, now=now)

    with pytest.raises(payments.AnotherInFlight):
        buy(account, "100", actor=owner, now=now)
    sweep(now + 2 * MINUTE)

    assert (provider.taken, balance(account)) == (10000, 150)


def test_the_same_order_twice_is_one_charge(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    """Lago 5870: usage had a key and money had none; the same top-up sent twice was two charges."""
    key, method = uuid.uuid4(), account.payment_methods.get()

    for _ in range(3):
        payments.place_order(account, amount=Decimal(100), key=key, method=method, actor=owner, now=now)
        sweep(now)

    assert (Payment.objects.count(), provider.taken, balance(account)) == (1, 10000, 150)


@pytest.mark.django_db(transaction=True)
def test_answer_webhook_and_look_up_at_once_credit_once(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """AutoGPT 10672: $160 and $50 made $260; the state was read outside the lock, and both ways credited."""
    contoso, provider = factories.contoso(), fakes.install(monkeypatch, fakes.PAID_UNANSWERED)
    account = contoso.account
    payment = buy(account, "100", actor=contoso.memberships.get(role="owner").user, now=now)
    payments.charge(payment, now=now)
    answer: Answer = provider.charges[str(payment.key)]

    def tell(source: Source) -> bool:
        return payments.apply_result(Payment.objects.get(), answer, source=source, now=now)

    ways = [Source.ANSWER, Source.WEBHOOK, Source.LOOK_UP, Source.RECONCILIATION] * 2
    answers = calm(at_once([lambda way=way: tell(way) for way in ways]))  # type: ignore[misc]

    assert answers == [True] * 8
    assert (Lot.objects.count(), balance(account)) == (1, 100)


def test_charged_and_not_stored_is_finished_by_whoever_comes_next_and_not_charged_again(
    account: Account, provider: FakeGateway, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """elizaOS 9321 and 9370: the charge succeeded, the balance was never stored, and success was returned."""
    payment = buy(account, "100", actor=owner, now=now)
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "settle_overdraft", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            payments.charge(payment, now=now)
    before = Payment.objects.get().state

    sweep(now + 3 * MINUTE)

    assert (before, Payment.objects.get().state) == (State.SUBMITTING, State.SUCCEEDED)
    assert (len(provider.orders), balance(account)) == (1, 150)


def test_what_is_on_its_way_is_not_ordered_again_every_five_minutes(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """Lago 1962: pending top-ups were not regarded, and every five minutes there was another."""
    provider.script(fakes.PROCESSING)
    spend(account, "31", now=now)

    for minutes in range(0, 120, 5):
        spend(account, "1", now=now + minutes * MINUTE)
        sweep(now + minutes * MINUTE)

    assert (len(provider.orders), Recharge.objects.count()) == (1, 1)


def test_a_recharge_that_the_limit_forbids_is_said(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    """Lago 5992, osparc 9712, Akash 3678: rejected in silence; no charge, no message, the wallet ran dry."""
    terms = Terms(enabled=True, trigger_amount=Decimal(20), recharge_amount=Decimal(50), monthly_cap=Decimal(50))
    recharges.change_terms(account, terms, actor=owner, now=now)
    buy(account, "50", actor=owner, now=now)
    sweep(now)

    spend(account, "90", now=now)
    sweep(now)

    assert Notice.objects.get(kind=Notice.Kind.RECHARGE_FAILED).facts["cause"] == "cap_reached"
    assert Evaluation.objects.filter(outcome=Evaluation.Outcome.CAP_REACHED).count() == 1


def test_a_recharge_beyond_the_most_of_one_purchase_is_charged_as_far_as_it_goes(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """Lago 5992: above the maximum nothing was charged at all."""
    spend(account, "12000", now=now)

    sweep(now)

    assert [order.total for order in provider.orders] == [10000, 2000]


@pytest.mark.django_db(transaction=True)
def test_a_reservation_is_made_where_the_cap_is_read(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """LIT 447, PageSpace 2662, llmgateway 2646: a best-effort cap is passed by those who look at the same time."""
    contoso, provider = factories.contoso(), fakes.install(monkeypatch)
    account = contoso.account
    AutoRecharge.objects.update(trigger_amount=Decimal(100), monthly_cap=Decimal(50))
    spend(account, "1", now=now)

    calm(at_once([lambda: recharges.charge_due(now=now)] * 8))
    sweep(now)

    assert (provider.taken, balance(account)) == (5000, 49)


def test_money_on_its_way_outlives_the_round_that_asked_for_it(
    contoso: Organization, account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    """llmgateway 2646: the reservation ended before its payment did, and the cap was passed when that came in."""
    terms = Terms(enabled=True, trigger_amount=Decimal(20), recharge_amount=Decimal(50), daily_cap=Decimal(50))
    recharges.change_terms(account, terms, actor=owner, now=now)
    provider.script(fakes.PAID_UNANSWERED)
    spend(account, "31", now=now)
    recharges.charge_due(now=now)

    assert recharges.room(account, terms, now=now) == 0
    sweep(now + 2 * MINUTE)
    assert recharges.room(account, terms, now=now) == 0
    assert PaymentMethod.objects.get().refused_at is None
