"""The provider's events: late, again, out of order, nonsense (reliability: webhooks, B86 to B90)."""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from credits import events, gateway, payments
from credits.gateway import Dispute, RefundAnswer
from credits.models import Account, Lot, Payment, ProviderEvent, Recharge, Refund
from credits.moves import State
from notifications.models import Notice
from subscriptions.models import Activity, Organization, User
from tests import fake_records, fakes
from tests.credits.charges import balance, buy, complaint, event, giving_back, intent, spend, sweep
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
Outcome = ProviderEvent.Outcome
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ordered(account: Account, provider: FakeGateway, owner: User, now: datetime) -> Payment:
    """$100 ordered by hand, charged at the provider, and the answer lost."""
    provider.script(fakes.PAID_UNANSWERED)
    payment = buy(account, "100", actor=owner, now=now)
    payments.charge(payment, now=now)
    return payment


@pytest.fixture
def paid(ordered: Payment, now: datetime) -> Payment:
    sweep(now + MINUTE)
    ordered.refresh_from_db()
    return ordered


def record(provider: FakeGateway, payment: Payment) -> gateway.Answer:
    return provider.charges[str(payment.key)]


def test_an_event_of_an_unknown_kind_is_stored_and_ignored(now: datetime) -> None:
    """B86."""
    row = event("customer.tax_id.created", {"id": "txi_1"}, now=now)

    assert (row.outcome, row.why) == (Outcome.IGNORED, "")


def test_an_event_before_our_own_answer_credits_and_the_answer_finds_it_done(
    ordered: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    for _ in range(3):
        row = event("payment_intent.succeeded", intent(record(provider, ordered)), now=now)
    sweep(now + MINUTE)

    assert row.outcome == Outcome.APPLIED
    assert (balance(account), Lot.objects.filter(payment=ordered).count()) == (150, 1)


@pytest.mark.parametrize(
    "differs",
    [
        {"amount_received": 0},
        {"amount_received": 1},
        {"amount_received": -10000},
        {"amount_received": 10000.0},
        {"amount_received": "10000"},
        {"amount_received": True},
        {"currency": "eur"},
        {"customer": "cus_of_northwind"},
        {"metadata": {}},
        {"metadata": {"payment": "no key"}},
        {"metadata": {"payment": str(uuid.UUID(int=5))}},
        {"status": None},
        {"metadata": []},
    ],
    ids=str,
)
def test_an_event_that_does_not_fit_is_quarantined_and_told(
    ordered: Payment, account: Account, provider: FakeGateway, now: datetime, caplog: pytest.LogCaptureFixture,
    differs: dict[str, Any],
) -> None:  # fmt: skip
    """B87: another amount, currency, customer, payment; nothing is credited."""
    row = event("payment_intent.succeeded", intent(record(provider, ordered), **differs), now=now)

    assert row.outcome == Outcome.QUARANTINED
    assert (balance(account), Payment.objects.get().state) == (50, State.UNKNOWN)
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_money_for_a_payment_of_another_organization_is_not_credited(
    ordered: Payment, northwind: Organization, provider: FakeGateway, now: datetime
) -> None:
    """B87."""
    answer = replace(record(provider, ordered), customer="cus_northwind")

    row = event("payment_intent.succeeded", intent(answer), now=now)

    assert (row.outcome, northwind.account.balance) == (Outcome.QUARANTINED, 0)


@pytest.mark.parametrize("thing", [None, [], "text", 5, {}, {"id": ""}], ids=str)
@pytest.mark.parametrize(
    "kind", ["payment_intent.succeeded", "charge.dispute.created", "refund.created", "charge.refunded"]
)
def test_an_event_about_nothing_that_can_be_read_is_quarantined(kind: str, thing: object, now: datetime) -> None:
    row = event(kind, thing, now=now)

    assert (row.outcome, row.why) == (Outcome.QUARANTINED, "unreadable")


def failed(account: Account, provider: FakeGateway, now: datetime) -> Payment:
    """A recharge that its bank declined, in a round that has failed."""
    provider.script("insufficient_funds")
    spend(account, "31", now=now)
    sweep(now)
    return Payment.objects.get()


def test_an_event_alone_does_not_revive_a_failed_payment(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """B88: the provider is asked, and says that it is as failed as ever."""
    payment = failed(account, provider, now)
    lie = intent(record(provider, payment), status="succeeded", amount_received=5000)

    row = event("payment_intent.succeeded", lie, now=now)

    payment.refresh_from_db()
    assert (row.outcome, payment.state, balance(account)) == (Outcome.APPLIED, State.FAILED, 19)


def test_money_that_came_for_a_failed_payment_is_a_lot_once(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """B88."""
    payment = failed(account, provider, now)
    answer = provider.finish(payment.key)

    for _ in range(2):
        event("payment_intent.succeeded", intent(answer), now=now + MINUTE)

    payment.refresh_from_db()
    assert (payment.state, balance(account)) == (State.SUCCEEDED, 69)
    assert Recharge.objects.get().state == Recharge.State.SUCCEEDED
    assert Notice.objects.filter(kind=Notice.Kind.RECHARGE_PAID).count() == 1


def test_a_provider_that_does_not_answer_keeps_the_event_waiting(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    payment = failed(account, provider, now)
    answer = provider.finish(payment.key)
    provider.reachable = False
    row = event("payment_intent.succeeded", intent(answer), now=now)

    provider.reachable = True
    handled = [events.handle_due(now=now), events.handle_due(now=now + MINUTE)]

    assert (row.outcome, handled, balance(account)) == ("", [0, 1], 69)


def test_an_old_refusal_does_not_end_what_was_confirmed_since(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    """Otherwise the round would go on to the next card, and take the money twice."""
    provider.script(fakes.BANK)
    spend(account, "31", now=now)
    sweep(now)
    payment = Payment.objects.get()
    old = intent(replace(record(provider, payment), code=fake_records.REFUSED))
    provider.finish(payment.key)

    event("payment_intent.payment_failed", old, now=now)

    payment.refresh_from_db()
    assert (payment.state, balance(account)) == (State.SUCCEEDED, 69)


def test_success_of_a_refunded_payment_changes_nothing(
    paid: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    """B88."""
    refund = RefundAnswer("succeeded", "re_1", "", paid.provider_ref or "", 10000, "USD")
    event("refund.created", giving_back(refund), now=now)

    event("payment_intent.succeeded", intent(record(provider, paid)), now=now)

    assert balance(account) == 50


def test_refunds_beyond_what_is_left_are_clamped_to_the_lot_and_the_rest_is_owed(
    paid: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    """B89: two partial refunds at the provider, of a lot that was spent in part."""
    Lot.objects.exclude(payment=paid).update(priority=1_000)
    spend(account, "70", now=now)
    for number in (1, 2, 2):
        refund = RefundAnswer("succeeded", f"re_{number}", "", paid.provider_ref or "", 5000, "USD")
        event("refund.created", giving_back(refund), now=now)

    assert Refund.objects.filter(state=Refund.State.SUCCEEDED).count() == 2
    assert balance(account) == -20
    assert Payment.objects.get(pk=paid.pk).refunded <= 100


@pytest.mark.parametrize("differs", [{"currency": "eur"}, {"payment_intent": "pi_of_nobody"}], ids=str)
def test_a_refund_that_does_not_fit_is_quarantined(
    paid: Payment, account: Account, now: datetime, differs: dict[str, Any]
) -> None:
    refund = RefundAnswer("succeeded", "re_1", "", paid.provider_ref or "", 5000, "USD")

    row = event("refund.created", giving_back(refund, **differs), now=now)

    assert (row.outcome, balance(account)) == (Outcome.QUARANTINED, 150)


def test_a_charge_that_was_refunded_is_looked_up_refund_by_refund(
    paid: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    provider.refunds["there"] = RefundAnswer("succeeded", "re_1", "", paid.provider_ref or "", 5000, "USD")

    for _ in range(2):
        row = event("charge.refunded", {"id": "ch_1", "payment_intent": paid.provider_ref}, now=now)

    assert (row.outcome, balance(account)) == (Outcome.APPLIED, 100)


def test_a_dispute_before_the_news_of_the_payment_finds_its_lot(
    ordered: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    dispute = provider.open_dispute(record(provider, ordered).ref)

    row = event("charge.dispute.created", complaint(dispute), now=now)

    assert row.outcome == Outcome.APPLIED
    assert Lot.objects.get(payment=ordered).frozen_at == now


def test_each_turn_of_a_dispute_has_one_effect(
    paid: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    """B90: opened, won, reopened, lost; each event twice, and the first once more at the end."""
    first = provider.open_dispute(paid.provider_ref or "")
    won = provider.close_dispute(first.ref, won=True)
    event("charge.dispute.created", complaint(first), now=now)
    for _ in range(2):
        event("charge.dispute.closed", complaint(won), now=now)
    after_winning = Lot.objects.get(payment=paid).frozen_at
    provider.complaints[first.ref] = first
    for _ in range(2):
        event("charge.dispute.updated", complaint(first), now=now)
    lost = provider.close_dispute(first.ref, won=False)
    for _ in range(2):
        event("charge.dispute.closed", complaint(lost), now=now)
    event("charge.dispute.created", complaint(first), now=now)

    assert (after_winning, balance(account)) == (None, 50)
    said = list(Activity.objects.filter(action__startswith="dispute.").order_by("pk").values_list("action", flat=True))
    assert said == ["dispute.opened", "dispute.won", "dispute.reopened", "dispute.lost"]
    assert Notice.objects.filter(kind=Notice.Kind.RECHARGE_PAUSED, facts__cause="dispute_lost").count() == 1


def test_a_refund_there_and_a_lost_dispute_of_the_rest_take_the_payment_once(
    paid: Payment, account: Account, now: datetime
) -> None:
    Lot.objects.exclude(payment=paid).update(priority=1_000)
    spend(account, "100", now=now)
    refund = RefundAnswer("succeeded", "re_1", "", paid.provider_ref or "", 5000, "USD")
    event("refund.created", giving_back(refund), now=now)

    for number in (1, 2):
        lost = Dispute(f"dp_{number}", paid.provider_ref or "", 5000, "USD", "lost", "fraudulent")
        event("charge.dispute.closed", complaint(lost), now=now)

    assert balance(account) == -50


def test_the_tax_of_what_was_disputed_is_no_credit(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    Organization.objects.filter(account=account).update(country="DE")
    payment = buy(account, "100", actor=owner, now=now)
    sweep(now)
    payment.refresh_from_db()

    lost = Dispute("dp_1", payment.provider_ref or "", 5950, "USD", "lost", "fraudulent")
    event("charge.dispute.closed", complaint(lost), now=now)

    assert (payment.tax, Lot.objects.get(payment=payment).remaining) == (19, 50)


@pytest.mark.parametrize("kind", ["charge.refunded", "charge.dispute.created"])
def test_only_what_the_event_is_about_is_listed(
    paid: Payment, provider: FakeGateway, monkeypatch: pytest.MonkeyPatch, now: datetime, kind: str
) -> None:
    """The whole shop's refunds or disputes, page after page, for one event, would be the provider's limit soon."""
    asked: list[str] = []

    def listed(*, since: datetime, charge_ref: str = "") -> Iterator[Any]:
        asked.append(charge_ref)
        return iter(())

    monkeypatch.setattr(provider, "refunds_made", listed)
    monkeypatch.setattr(provider, "disputes", listed)
    open_ = provider.open_dispute(paid.provider_ref or "")
    event("charge.dispute.closed", complaint(replace(open_, status="won")), now=now)

    event(kind, complaint(open_), now=now)

    assert asked == [paid.provider_ref]


def test_an_old_event_does_not_reopen_a_dispute(paid: Payment, provider: FakeGateway, now: datetime) -> None:
    dispute = provider.open_dispute(paid.provider_ref or "")
    event("charge.dispute.closed", complaint(provider.close_dispute(dispute.ref, won=True)), now=now)

    event("charge.dispute.created", complaint(dispute), now=now)

    assert Lot.objects.get(payment=paid).frozen_at is None


@pytest.mark.parametrize("differs", [{"amount": 0}, {"amount": 10001}, {"currency": "eur"}], ids=str)
def test_a_dispute_that_does_not_fit_is_quarantined(
    paid: Payment, provider: FakeGateway, now: datetime, differs: dict[str, Any]
) -> None:
    dispute = provider.open_dispute(paid.provider_ref or "")

    row = event("charge.dispute.created", complaint(dispute, **differs), now=now)

    assert row.outcome == Outcome.QUARANTINED
    assert Lot.objects.get(payment=paid).frozen_at is None


def test_a_lost_dispute_that_goes_on_is_left_to_a_person(
    paid: Payment, account: Account, provider: FakeGateway, now: datetime
) -> None:
    dispute = provider.open_dispute(paid.provider_ref or "")
    event("charge.dispute.closed", complaint(provider.close_dispute(dispute.ref, won=False)), now=now)
    won = provider.close_dispute(dispute.ref, won=True)

    row = event("charge.dispute.closed", complaint(won), now=now)

    assert (row.outcome, balance(account)) == (Outcome.QUARANTINED, 50)
    assert "a person" in row.why


@pytest.mark.parametrize(("times", "alarms"), [(10, 0), (11, 1), (22, 2)])
def test_forged_webhooks_leave_nothing_behind_and_a_flood_of_them_is_told(
    now: datetime, caplog: pytest.LogCaptureFixture, times: int, alarms: int
) -> None:
    events._forged.clear()
    for number in range(times):
        with pytest.raises(gateway.Forged):
            events.receive(b"{}", "t=1,v1=forged", now=now + timedelta(seconds=number))

    assert not ProviderEvent.objects.exists()
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == alarms


def test_forged_webhooks_now_and_then_alarm_nobody(now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    events._forged.clear()

    for number in range(30):
        with pytest.raises(gateway.Forged):
            events.receive(b"{}", "", now=now + number * timedelta(seconds=7))

    assert not caplog.records
