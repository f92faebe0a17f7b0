"""Auto-recharge: requested by the debit that crosses the trigger, charged once, credited once."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from credits import accounts, ledger, limits, payments, recharges, standing
from credits.ledger import Charge
from credits.models import Account, AutoRecharge, Lot, Payment, PaymentMethod, Recharge
from credits.moves import Source
from credits.recharges import Terms
from notifications.models import Notice
from subscriptions.models import Organization, User
from tests import fakes
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


@pytest.fixture
def account(contoso: Organization, now: datetime) -> Account:
    """Contoso's, with $50 in it."""
    with accounts.changing(contoso.account.pk, now=now) as locked:
        ledger.grant(locked, kind=Lot.Kind.PROMOTION, amount=Decimal(50), key="start", why="", now=now)
    return contoso.account


@pytest.fixture
def owner(contoso: Organization) -> User:
    return contoso.memberships.get(role="owner").user


def spend(account: Account, amount: str, *, now: datetime) -> None:
    with accounts.changing(account.pk, now=now) as locked:
        key = f"call:{locked.journals.count()}"
        ledger.debit(locked, [Charge(key=key, micros=int(Decimal(amount) * 10**6), why="")], now=now)


def sweep(now: datetime) -> None:
    """What the worker does, until nothing is due."""
    while recharges.charge_due(now=now) + payments.look_up_due(now=now):
        pass


def balance(account: Account) -> Decimal:
    found: Decimal = Account.objects.get(pk=account.pk).balance
    return found


def test_a_debit_to_exactly_the_trigger_requests_nothing(account: Account, now: datetime) -> None:
    spend(account, "30", now=now)

    assert not Recharge.objects.exists()


def test_a_debit_below_the_trigger_requests_one_recharge_however_many_follow(account: Account, now: datetime) -> None:
    spend(account, "31", now=now)
    spend(account, "1", now=now)

    assert Recharge.objects.get().state == Recharge.State.OPEN


def test_the_recharge_charges_the_card_and_adds_a_lot(account: Account, provider: FakeGateway, now: datetime) -> None:
    spend(account, "31", now=now)

    sweep(now)
    sweep(now)

    assert balance(account) == 69
    assert provider.taken == 5000
    assert Payment.objects.get().lot.amount == 50
    assert Recharge.objects.get().state == Recharge.State.SUCCEEDED
    assert Notice.objects.get(kind=Notice.Kind.RECHARGE_PAID).facts["amount"] == "50.000000"


@pytest.mark.parametrize(
    ("spent", "charged"),
    [("31", 50), ("80", 50), ("80.000001", 100), ("130", 100), ("131", 150), ("10020", 10000)],
)
def test_the_gap_is_closed_in_one_charge_of_whole_steps(
    account: Account, provider: FakeGateway, now: datetime, spent: str, charged: int
) -> None:
    spend(account, spent, now=now)

    recharges.charge_due(now=now)

    assert [order.total for order in provider.orders] == [charged]


@pytest.mark.parametrize("outcome", [fakes.LOST, fakes.PAID_UNANSWERED])
def test_an_answer_that_never_came_is_looked_up_and_never_charged_again(
    account: Account, provider: FakeGateway, now: datetime, outcome: str
) -> None:
    provider.script(outcome)
    spend(account, "31", now=now)

    sweep(now)
    assert Payment.objects.get().state == Payment.State.UNKNOWN
    for minutes in range(1, 6):
        sweep(now + timedelta(minutes=minutes))

    assert provider.taken == 5000
    assert {order.key for order in provider.orders} == {Payment.objects.get().key}
    assert balance(account) == 69


def test_after_a_day_an_unknown_charge_is_left_to_a_person(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    provider.script(fakes.LOST)
    spend(account, "31", now=now)
    sweep(now)

    sweep(now + timedelta(days=1))
    spend(account, "1", now=now + timedelta(days=1))
    sweep(now + timedelta(days=1, minutes=5))

    assert len(provider.orders) == 1
    assert Payment.objects.get().state == Payment.State.UNKNOWN


def test_a_busy_provider_is_asked_again_under_the_same_key(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    provider.script(fakes.BUSY)
    spend(account, "31", now=now)

    sweep(now)
    sweep(now + timedelta(minutes=1))

    assert len({order.key for order in provider.orders}) == 1
    assert balance(account) == 69


def test_a_declined_round_tries_the_next_card_once_then_fails_with_one_notice(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    PaymentMethod.objects.create(
        account=account, provider_ref="pm_second", brand="visa", last4="0002", exp_month=1, exp_year=2030,
        position=1, added_at=now,
    )  # fmt: skip
    provider.script("insufficient_funds", "generic_decline")
    spend(account, "31", now=now)

    sweep(now)

    assert [order.method for order in provider.orders][1] == "pm_second"
    assert len(provider.orders) == 2
    assert Notice.objects.filter(kind=Notice.Kind.RECHARGE_FAILED).count() == 1
    assert Recharge.objects.get().state == Recharge.State.FAILED


def test_rounds_follow_on_days_0_1_and_3_and_then_it_pauses(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    provider.script(*["insufficient_funds"] * 10)
    spend(account, "31", now=now)

    asked = []
    for hour in range(0, 24 * 10, 6):
        at = now + timedelta(hours=hour)
        spend(account, "0.01", now=at)
        before = len(provider.orders)
        sweep(at)
        asked += [hour // 24] * (len(provider.orders) - before)

    assert asked == [0, 1, 3]
    assert AutoRecharge.objects.get().paused_at is not None
    told = Notice.objects.filter(kind__startswith="recharge_").order_by("pk").values_list("kind", flat=True)
    assert list(told) == ["recharge_failed", "recharge_failed", "recharge_paused"]


def test_a_hard_decline_takes_the_card_out(account: Account, provider: FakeGateway, now: datetime) -> None:
    provider.script("stolen_card")
    spend(account, "31", now=now)

    sweep(now)
    sweep(now + timedelta(days=2))

    assert len(provider.orders) == 1
    assert PaymentMethod.objects.get().refused_at == now


def test_resume_tries_again_at_once(account: Account, provider: FakeGateway, owner: User, now: datetime) -> None:
    provider.script(*["insufficient_funds"] * 3)
    spend(account, "31", now=now)
    for day in (0, 1, 3):
        sweep(now + timedelta(days=day))

    recharges.resume(account, actor=owner, now=now + timedelta(days=4))
    sweep(now + timedelta(days=4))

    assert balance(account) == 69


def test_the_monthly_cap_is_never_passed_and_said_once(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    terms = Terms(enabled=True, trigger_amount=Decimal(20), recharge_amount=Decimal(50), monthly_cap=Decimal(120))
    recharges.change_terms(account, terms, actor=owner, now=now)

    for day in range(10):
        spend(account, "40", now=now + timedelta(days=day))
        sweep(now + timedelta(days=day))

    assert provider.taken == 10000
    assert Notice.objects.filter(kind=Notice.Kind.RECHARGE_FAILED, facts__cause="cap_reached").count() == 1
    assert AutoRecharge.objects.get().next_try_at == datetime.fromisoformat("2026-12-01T05:00:00+00:00")


def test_switching_on_below_the_trigger_charges_at_once_and_says_so_before(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    off = Terms(enabled=False, trigger_amount=Decimal(20), recharge_amount=Decimal(50))
    on = Terms(enabled=True, trigger_amount=Decimal(60), recharge_amount=Decimal(50))
    recharges.change_terms(account, off, actor=owner, now=now)

    assert recharges.due_now(account, on, now=now) == 50
    recharges.change_terms(account, on, actor=owner, now=now)
    sweep(now)

    assert balance(account) == 100


def test_switched_off_before_the_worker_came_charges_nothing(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    spend(account, "31", now=now)
    off = Terms(enabled=False, trigger_amount=Decimal(20), recharge_amount=Decimal(50))

    recharges.change_terms(account, off, actor=owner, now=now)
    sweep(now)

    assert provider.orders == []
    assert Recharge.objects.get().state == Recharge.State.CANCELLED


def test_auto_recharge_cannot_be_on_without_a_card(fabrikam: Organization, now: datetime) -> None:
    actor = fabrikam.memberships.get(role="owner").user
    on = Terms(enabled=True, trigger_amount=Decimal(20), recharge_amount=Decimal(50))

    with pytest.raises(recharges.NoCard):
        recharges.change_terms(fabrikam.account, on, actor=actor, now=now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"recharge_amount": Decimal("49.99")},
        {"recharge_amount": Decimal(10001)},
        {"trigger_amount": Decimal("-0.01")},
        {"trigger_amount": Decimal("10000.01")},
    ],
    ids=str,
)
def test_terms_outside_the_limits_are_refused_and_nothing_changes(
    account: Account, owner: User, now: datetime, wrong: dict[str, Any]
) -> None:
    terms = replace(Terms(enabled=True, trigger_amount=Decimal(20), recharge_amount=Decimal(50)), **wrong)

    with pytest.raises(limits.OutsideLimits):
        recharges.change_terms(account, terms, actor=owner, now=now)

    assert (AutoRecharge.objects.get().recharge_amount, Notice.objects.count()) == (50, 0)


def test_a_card_that_was_removed_meanwhile_is_not_charged_and_somebody_is_told(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    spend(account, "31", now=now)
    PaymentMethod.objects.update(removed_at=now)

    sweep(now)

    assert provider.orders == []
    assert Notice.objects.get(kind=Notice.Kind.RECHARGE_FAILED).facts["cause"] == "no_method"


def test_an_account_that_fails_its_check_is_not_charged(account: Account, provider: FakeGateway, now: datetime) -> None:
    spend(account, "31", now=now)
    Account.objects.update(frozen_at=now)

    sweep(now)

    assert provider.orders == []


def test_an_answer_with_another_amount_credits_nothing(account: Account, provider: FakeGateway, now: datetime) -> None:
    spend(account, "31", now=now)
    recharges.begin_due(now=now)
    payment = Payment.objects.get()
    answer = provider.charge(payments.order_of(payment))

    payments.apply_result(payment, replace(answer, minor=1), source=Source.ANSWER, now=now)

    assert balance(account) == 19
    assert Payment.objects.get().error_code == "mismatch"


def test_falling_below_zero_is_told_once_and_blocks_until_money_comes_in(tailspin: Organization, now: datetime) -> None:
    account = tailspin.account
    spend(account, "1", now=now)
    spend(account, "1", now=now)

    blocked = standing.of(tailspin, now=now)
    with accounts.changing(account.pk, now=now) as locked:
        ledger.grant(locked, kind=Lot.Kind.PROMOTION, amount=Decimal(50), key="gift", why="", now=now)
    freed = standing.of(tailspin, now=now)
    spend(account, "50", now=now + timedelta(hours=1))

    assert blocked is not None
    assert (blocked.blocked, blocked.alarming) == (True, True)
    assert freed is not None
    assert freed.blocked is False
    assert Notice.objects.filter(kind=Notice.Kind.BELOW_ZERO).count() == 2


def test_a_form_posted_twice_orders_once(account: Account, provider: FakeGateway, owner: User, now: datetime) -> None:
    key = Payment._meta.get_field("key").default()
    method = account.payment_methods.get()

    first = payments.place_order(account, amount=Decimal(100), key=key, method=method, actor=owner, now=now)
    sweep(now)
    second = payments.place_order(account, amount=Decimal(100), key=key, method=method, actor=owner, now=now)
    sweep(now)

    assert first == second
    assert provider.taken == 10000
    assert balance(account) == 150


def test_a_second_order_waits_for_the_first(account: Account, owner: User, now: datetime) -> None:
    method = account.payment_methods.get()
    new_key = Payment._meta.get_field("key").default
    payments.place_order(account, amount=Decimal(100), key=new_key(), method=method, actor=owner, now=now)

    with pytest.raises(payments.AnotherInFlight):
        payments.place_order(account, amount=Decimal(100), key=new_key(), method=method, actor=owner, now=now)


def test_another_organizations_key_and_card_are_not_ours(
    account: Account, northwind: Organization, owner: User, now: datetime
) -> None:
    method = account.payment_methods.get()
    payment = payments.place_order(
        account, amount=Decimal(100), key=Payment._meta.get_field("key").default(), method=method, actor=owner, now=now
    )

    with pytest.raises(payments.NotOurs):
        payments.place_order(
            northwind.account, amount=Decimal(100), key=payment.key, method=method, actor=owner, now=now
        )


def test_a_fall_below_zero_that_a_recharge_mends_is_not_told(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    spend(account, "60", now=now)

    waiting = Notice.objects.due(at=now).filter(kind=Notice.Kind.BELOW_ZERO).count()
    sweep(now)

    assert waiting == 0
    assert Notice.objects.get(kind=Notice.Kind.BELOW_ZERO).withdrawn_at == now


def test_a_fall_below_zero_that_no_recharge_mends_is_told_after_its_grace(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    provider.script("insufficient_funds")
    spend(account, "60", now=now)

    sweep(now)

    assert Notice.objects.due(at=now + timedelta(minutes=2)).filter(kind=Notice.Kind.BELOW_ZERO).count() == 1
