"""Refunds: kept while the provider is asked, booked once, the tax in proportion, and those made elsewhere."""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from credits import disputes, figures, holds, refunds
from credits.gateway import RefundAnswer, RefundOrder
from credits.ledger import NotRefundable
from credits.models import Account, Debt, Hold, Journal, Payment, Receipt, Refund, TaxRate
from credits.payments import KEY_LIFE
from notifications.models import Notice
from subscriptions import money
from subscriptions.models import Activity, Organization
from tests import factories, fakes
from tests.credits.booking import charged, spend
from tests.credits.together import at_once, calm
from tests.docs.pages import table
from tests.factories import NOW, MethodFactory, UserFactory
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


@pytest.fixture
def payment(provider: FakeGateway, fabrikam: Organization) -> Payment:
    """$50 that Fabrikam bought."""
    MethodFactory.create(account=fabrikam.account)
    return charged(fabrikam.account, "50")


def asked(payment: Payment, amount: str = "50", *, key: UUID | None = None, now: datetime = NOW) -> Refund:
    staff = UserFactory.create(is_staff=True)
    return refunds.ask(payment, amount=Decimal(amount), why="Asked for", actor=staff, key=key or uuid4(), now=now)


def fresh(payment: Payment) -> Account:
    return Account.objects.get(pk=payment.account_id)


def killed(order: RefundOrder) -> RefundAnswer:
    """The worker dies while it asks."""
    raise SystemExit(str(order.key))


def told(payment: Payment, minor: int, **more: str) -> RefundAnswer:
    """What the provider tells of a refund that was made in its own pages."""
    return RefundAnswer(
        state="succeeded",
        ref=more.get("ref", "re_theirs"),
        key="",
        charge_ref=more.get("charge_ref", payment.provider_ref or ""),
        minor=minor,
        currency=more.get("currency", payment.currency),
    )


def test_what_is_refunded_is_kept_and_then_booked(provider: FakeGateway, payment: Payment) -> None:
    refund = asked(payment, "30")
    kept = figures.of(fresh(payment), now=NOW)
    assert refunds.refund_due(now=NOW) == 1

    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (kept.settled, kept.held, kept.available) == (50, 30, 20)
    assert (refund.state, payment.refunded, fresh(payment).balance, fresh(payment).held) == ("succeeded", 30, 20, 0)
    assert (provider.given_back, payment.lot.voided, Hold.objects.get().state) == (3000, 30, "settled")
    assert Journal.objects.get(kind="refund").actor == refund.asked_by


def test_a_refund_has_its_credit_note_its_notice_and_its_lines(payment: Payment) -> None:
    refund = asked(payment, "30")
    refunds.refund_due(now=NOW)

    note = Receipt.objects.get(refund=refund)
    facts = Notice.objects.get(kind=Notice.Kind.REFUNDED, key=f"refund:{refund.key}").facts
    assert (note.kind, note.amount) == ("credit_note", 30)
    assert (facts["receipt"], Decimal(facts["amount"]), Decimal(facts["balance"])) == (note.number, 30, 20)
    lines = Activity.objects.filter(action__startswith="refund.").order_by("pk")
    assert [(line.action, line.actor) for line in lines] == [
        ("refund.asked", refund.asked_by),
        ("refund.succeeded", refund.asked_by),
    ]


def test_twice_is_once(provider: FakeGateway, payment: Payment) -> None:
    key = uuid4()

    for _ in range(2):
        asked(payment, "30", key=key)
        refunds.refund_due(now=NOW)
        refunds.apply(Refund.objects.get(), provider.refunds[str(key)], now=NOW)

    assert (Refund.objects.count(), provider.given_back, fresh(payment).balance) == (1, 3000, 20)
    assert Notice.objects.filter(kind=Notice.Kind.REFUNDED).count() == 1


def test_a_key_is_one_payments(provider: FakeGateway, payment: Payment) -> None:
    other = charged(payment.account)
    key = asked(payment).key

    with pytest.raises(refunds.NotOurs):
        asked(other, key=key)


def test_one_refund_of_a_payment_is_on_its_way_at_a_time(payment: Payment) -> None:
    first = asked(payment, "10")

    with pytest.raises(refunds.AnotherInFlight) as caught:
        asked(payment, "10")

    assert caught.value.refund == first


@pytest.mark.parametrize("amount", ["30.01", "50", "0", "-1"])
def test_no_more_than_what_is_left_and_free(payment: Payment, amount: str) -> None:
    spend(payment.account, 1000)
    holds.reserve(payment.account, "call", 10_000_000, until=NOW + DAY, now=NOW)

    with pytest.raises(refunds.TooMuch) as caught:
        asked(payment, amount)

    assert (caught.value.most, refunds.at_most(payment, now=NOW)) == (30, 30)
    assert not Refund.objects.exists()


def test_less_than_the_smallest_unit_is_not_refunded(payment: Payment) -> None:
    with pytest.raises(money.NotExact):
        asked(payment, "1.005")


def test_fourteen_days_and_no_longer(payment: Payment) -> None:
    asked(payment, "1", now=NOW + 14 * DAY)

    with pytest.raises(NotRefundable):
        refunds.at_most(payment, now=NOW + 14 * DAY + timedelta(microseconds=1))


def test_a_disputed_purchase_is_not_refunded(payment: Payment) -> None:
    disputes.open_(payment, ref="dp_1", now=NOW)

    with pytest.raises(NotRefundable):
        asked(payment)


def test_the_answer_may_come_after_the_days_are_over(payment: Payment) -> None:
    asked(payment, now=NOW + 14 * DAY)

    refunds.refund_due(now=NOW + 20 * DAY)

    assert fresh(payment).balance == 0


def test_the_hold_of_a_refund_does_not_lapse_before_it_is_answered(provider: FakeGateway, payment: Payment) -> None:
    provider.reachable = False
    asked(payment)
    refunds.refund_due(now=NOW)

    assert holds.lapse_due(now=NOW + 400 * DAY) == 0

    provider.reachable = True
    refunds.refund_due(now=NOW + timedelta(minutes=5))
    assert (fresh(payment).balance, fresh(payment).held) == (0, 0)


def test_a_refusal_frees_what_was_kept(provider: FakeGateway, payment: Payment) -> None:
    provider.script_refunds("charge_disputed")
    refund = asked(payment)

    refunds.refund_due(now=NOW)

    refund.refresh_from_db()
    assert (refund.state, refund.error_code, Hold.objects.get().state) == ("failed", "charge_disputed", "released")
    assert figures.of(fresh(payment), now=NOW).available == 50
    assert asked(payment).state == "pending"


@pytest.mark.parametrize("outcome", [fakes.BUSY, fakes.LOST, fakes.BACK_UNANSWERED])
def test_without_an_answer_it_is_looked_up_under_its_own_key(
    provider: FakeGateway, payment: Payment, outcome: str
) -> None:
    provider.script_refunds(outcome)
    asked(payment)

    refunds.refund_due(now=NOW)
    assert fresh(payment).held == 50
    refunds.refund_due(now=NOW + 2 * MINUTE)

    assert (list(provider.refunds), provider.given_back) == ([str(Refund.objects.get().key)], 5000)
    assert (Refund.objects.get().state, fresh(payment).balance) == ("succeeded", 0)


def test_one_that_waited_longer_than_a_key_lives_is_looked_up_before_it_is_sent(
    provider: FakeGateway, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database brought back from yesterday says pending; the provider has done it, and no longer knows the key."""
    refund = asked(payment)
    provider.give_back(refunds.order_of(refund), fakes.BACK)
    monkeypatch.setattr(provider, "refund", killed)

    refunds.refund_due(now=NOW + KEY_LIFE)

    refund.refresh_from_db()
    assert (refund.state, provider.given_back, fresh(payment).balance) == ("succeeded", 5000, 0)


def test_one_that_cannot_be_looked_up_waits_and_is_sent_when_it_is_unknown(
    provider: FakeGateway, payment: Payment
) -> None:
    refund = asked(payment)
    provider.reachable = False
    refunds.refund_due(now=NOW + KEY_LIFE)
    refund.refresh_from_db()
    waiting = refund.state
    provider.reachable = True

    refunds.refund_due(now=NOW + KEY_LIFE + MINUTE)

    refund.refresh_from_db()
    assert (waiting, refund.state, provider.given_back) == ("pending", "succeeded", 5000)


def test_a_refund_was_sent_when_it_was_sent_first(provider: FakeGateway, payment: Payment) -> None:
    provider.script_refunds(fakes.BUSY)
    asked(payment)

    for minutes in range(2):
        refunds.refund_due(now=NOW + minutes * MINUTE)

    assert (Refund.objects.get().state, Refund.objects.get().submitted_at) == ("succeeded", NOW)


def test_one_refund_in_trouble_keeps_no_other_waiting(
    provider: FakeGateway, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = asked(payment), asked(charged(payment.account))
    give = provider.refund
    monkeypatch.setattr(provider, "refund", lambda order: 1 / (order.key != bad.key) and give(order))

    assert refunds.refund_due(now=NOW) == 1

    good.refresh_from_db()
    assert good.state == "succeeded"


def test_what_the_provider_is_still_doing_is_asked_again(provider: FakeGateway, payment: Payment) -> None:
    provider.script_refunds(fakes.PENDING)
    refund = asked(payment)

    refunds.refund_due(now=NOW)
    refund.refresh_from_db()
    assert (refund.state, fresh(payment).held) == ("unknown", 50)
    provider.finish_refund(refund.key)
    refunds.refund_due(now=NOW + MINUTE)

    assert (Refund.objects.get().state, fresh(payment).balance) == ("succeeded", 0)


def test_a_worker_that_died_with_it_leaves_it_to_the_next(
    provider: FakeGateway, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = asked(payment)
    with monkeypatch.context() as patch:
        patch.setattr(provider, "refund", killed)
        with pytest.raises(SystemExit):
            refunds.refund_due(now=NOW)

    assert refunds.refund_due(now=NOW + MINUTE) == 0
    assert refunds.refund_due(now=NOW + 2 * MINUTE) == 1

    refund.refresh_from_db()
    assert (refund.state, provider.given_back) == ("succeeded", 5000)


def test_what_nobody_knows_after_a_day_has_failed_and_may_still_turn_up(
    provider: FakeGateway, payment: Payment
) -> None:
    provider.script_refunds(fakes.LOST)
    refund = asked(payment)
    refunds.refund_due(now=NOW)

    refunds.refund_due(now=NOW + DAY)
    refund.refresh_from_db()
    assert (refund.state, refund.error_code, fresh(payment).held) == ("failed", "not_found", 0)
    late = provider.give_back(refunds.order_of(refund), fakes.BACK)
    refunds.found_at_provider(late, now=NOW + DAY)

    assert (Refund.objects.get().state, fresh(payment).balance) == ("succeeded", 0)


def test_an_answer_about_another_amount_books_nothing(
    provider: FakeGateway, payment: Payment, caplog: pytest.LogCaptureFixture
) -> None:
    refund = asked(payment, "30")
    refunds.apply(
        refund, RefundAnswer("succeeded", "re_1", str(refund.key), payment.provider_ref or "", 2999, "USD"), now=NOW
    )

    refund.refresh_from_db()
    assert (refund.state, refund.error_code, fresh(payment).balance) == ("unknown", "mismatch", 50)
    assert "does not fit" in caplog.text


def test_what_a_lost_dispute_took_meanwhile_is_owed(provider: FakeGateway, payment: Payment) -> None:
    provider.script_refunds(fakes.BACK_UNANSWERED)
    asked(payment)
    refunds.refund_due(now=NOW)

    disputes.lose(payment, ref="dp_1", now=NOW)
    refunds.refund_due(now=NOW + 2 * MINUTE)

    assert (fresh(payment).balance, fresh(payment).overdraft, fresh(payment).held) == (-50, 50, 0)


# Tax


def taxed(payment: Payment, tax: str) -> Payment:
    """Another payment of $50, with this tax on top."""
    percent = 100 * Decimal(tax) / payment.amount
    TaxRate.objects.create(country="US", since=NOW.date(), name="Tax", percent=percent)
    return charged(payment.account, "50")


SPLITS = [
    pytest.param(row["tax paid"], row["refunded"].split(", "), row["tax of each"].split(", "), id=row["refunded"])
    for row in table("docs/refunds.md", "Tax goes back in proportion")
]


@pytest.mark.parametrize(("tax", "parts", "expected"), SPLITS)
def test_tax_goes_back_in_proportion_and_in_all_to_the_cent(
    provider: FakeGateway, payment: Payment, tax: str, parts: list[str], expected: list[str]
) -> None:
    payment = taxed(payment, tax)

    for part in parts:
        asked(payment, part)
        refunds.refund_due(now=NOW)

    found = list(Refund.objects.order_by("pk").values_list("amount", "tax"))
    assert found == [(Decimal(one), Decimal(tax)) for one, tax in zip(parts, expected, strict=True)]
    assert provider.given_back == sum(money.to_minor(amount + tax, "USD") for amount, tax in found)


# Made elsewhere


def test_a_refund_made_at_the_provider_is_taken_from_its_lot(
    payment: Payment, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        refunds.found_at_provider(told(payment, 2000), now=NOW + 100 * DAY)

    refund = Refund.objects.get()
    assert (refund.origin, refund.state, refund.amount) == ("provider", "succeeded", 20)
    assert (fresh(payment).balance, Receipt.objects.filter(refund=refund).count()) == (30, 1)
    assert [record.levelno for record in caplog.records if "made at the provider" in record.message] == [logging.ERROR]


def test_what_was_spent_already_is_owed(payment: Payment) -> None:
    spend(payment.account, 4000)

    refunds.found_at_provider(told(payment, 5000), now=NOW)

    payment.refresh_from_db()
    assert (fresh(payment).balance, fresh(payment).overdraft, payment.refunded) == (-40, 40, 50)
    assert Debt.objects.get().journal.kind == "refund"


def test_more_than_was_paid_is_owed_too(payment: Payment) -> None:
    refunds.found_at_provider(told(payment, 4000), now=NOW)
    refunds.found_at_provider(told(payment, 4000, ref="re_more"), now=NOW)

    payment.refresh_from_db()
    assert (fresh(payment).overdraft, payment.refunded) == (30, 50)


def test_what_a_call_keeps_stays_with_the_call(payment: Payment) -> None:
    holds.reserve(payment.account, "call", 20_000_000, until=NOW + DAY, now=NOW)

    refunds.found_at_provider(told(payment, 5000), now=NOW)

    assert (fresh(payment).held, fresh(payment).overdraft) == (20, 20)
    holds.settle(payment.account, "call", 5_000_000, why="", now=NOW)
    assert (fresh(payment).balance, fresh(payment).overdraft) == (-5, 5)


def test_its_tax_is_the_part_of_it_that_was_paid_as_tax(payment: Payment) -> None:
    payment = taxed(payment, "10")

    for number, minor in enumerate((1000, 1001, 3999)):
        refunds.found_at_provider(told(payment, minor, ref=f"re_{number}"), now=NOW)

    taxes = list(Refund.objects.order_by("pk").values_list("amount", "tax"))
    assert taxes == [
        (Decimal("8.33"), Decimal("1.67")),
        (Decimal("8.34"), Decimal("1.67")),
        (Decimal("33.33"), Decimal("6.66")),
    ]


@pytest.mark.parametrize("wrong", [{"charge_ref": "pi_of_somebody"}, {"currency": "EUR"}])
def test_what_is_of_no_purchase_of_ours_is_named(payment: Payment, wrong: dict[str, str]) -> None:
    with pytest.raises(refunds.DoesNotFit):
        refunds.found_at_provider(told(payment, 1000, **wrong), now=NOW)

    assert fresh(payment).balance == 50


# At once


@pytest.mark.django_db(transaction=True)
def test_told_eight_times_at_once_it_is_one_refund(provider: FakeGateway) -> None:
    fabrikam = factories.fabrikam()
    MethodFactory.create(account=fabrikam.account)
    payment = charged(fabrikam.account)

    calm(at_once([lambda: refunds.found_at_provider(told(payment, 2000), now=NOW)] * 8))

    assert (Refund.objects.count(), fresh(payment).balance) == (1, 30)


@pytest.mark.django_db(transaction=True)
def test_asked_eight_times_at_once_one_keeps_the_credit(provider: FakeGateway) -> None:
    fabrikam = factories.fabrikam()
    MethodFactory.create(account=fabrikam.account)
    payment = charged(fabrikam.account)

    answers = at_once([lambda: asked(payment, "30")] * 8)

    others = [answer for answer in answers if not isinstance(answer, Refund)]
    assert len(others) == 7
    assert all(isinstance(answer, refunds.AnotherInFlight) for answer in others)
    assert (Refund.objects.count(), fresh(payment).held) == (1, 30)
