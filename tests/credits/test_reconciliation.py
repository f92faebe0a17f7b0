"""The provider's list against ours, both ways: what a webhook would have told, and what no rule can mend."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from credits import comparison, disputes, invariants, ledger, reconciliation, refunds
from credits.gateway import Answer, RefundAnswer, Unreachable
from credits.models import Account, Difference, Payment, PaymentStep, Reconciliation, Refund
from subscriptions.models import Organization
from tests import fakes
from tests.credits.booking import charged, ordered, spend
from tests.factories import NOW, MethodFactory, UserFactory
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SINCE = NOW - timedelta(days=2)
LATER = NOW + 10 * MINUTE


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


@pytest.fixture
def account(provider: FakeGateway, fabrikam: Organization) -> Account:
    MethodFactory.create(account=fabrikam.account)
    Account.objects.filter(pk=fabrikam.account.pk).update(customer_ref="cus_fabrikam")
    return Account.objects.select_related("organization").get(pk=fabrikam.account.pk)


def run(*, now: timedelta = 10 * MINUTE) -> Reconciliation:
    return reconciliation.run(since=SINCE, now=NOW + now)


def balance(account: Account) -> Decimal:
    left: Decimal = Account.objects.get(pk=account.pk).balance
    return left


def differing() -> list[tuple[str, str]]:
    return list(Difference.objects.filter(settled_at=None).order_by("pk").values_list("kind", "why"))


def amiss() -> list[str]:
    """What P06 says."""
    return [row["why"] for row in invariants.PROVIDER["P06"](None, LATER)]


def unpaid(account: Account, provider: FakeGateway, outcome: str) -> Payment:
    provider.script(outcome)
    return charged(account)


# What a webhook would have told


@pytest.mark.parametrize("outcome", [fakes.PROCESSING, fakes.PAID_UNANSWERED, "insufficient_funds"])
def test_money_that_came_without_a_word_is_counted(account: Account, provider: FakeGateway, outcome: str) -> None:
    payment = unpaid(account, provider, outcome)
    provider.finish(payment.key)

    done = run()

    assert (balance(account), done.applied, done.differences, done.charges, done.ended_at) == (50, 1, 0, 1, LATER)
    last = PaymentStep.objects.filter(payment=payment).latest("pk")
    assert (last.state, last.source) == ("succeeded", "reconciliation")
    assert (run().applied, balance(account), amiss()) == (0, 50, [])


def test_a_refund_that_nobody_told_of_is_taken_from_its_lot(account: Account, provider: FakeGateway) -> None:
    payment = charged(account)
    spend(account, 4000)
    by_hand = RefundAnswer("succeeded", "re_theirs", "", payment.provider_ref or "", 2000, "USD")
    provider.refunds["by hand"] = by_hand

    done = run()

    assert (balance(account), Account.objects.get(pk=account.pk).overdraft, done.applied) == (-10, 10, 1)
    assert (run().applied, Refund.objects.get().origin, differing(), amiss()) == (0, "provider", [], [])


@pytest.mark.parametrize(("code", "left"), [("", 0), ("expired_or_canceled_card", 50)])
def test_a_refund_on_its_way_is_ended(account: Account, provider: FakeGateway, code: str, left: int) -> None:
    provider.script_refunds(fakes.PENDING)
    staff = UserFactory.create(is_staff=True)
    payment = charged(account)
    refund = refunds.ask(payment, amount=Decimal(50), why="asked", actor=staff, key=uuid4(), now=NOW)
    refunds.refund_due(now=NOW)
    provider.finish_refund(refund.key, code=code)

    done = run()

    assert (done.applied, balance(account), Account.objects.get(pk=account.pk).held) == (1, left, 0)
    assert (differing(), amiss()) == ([], [])


@pytest.mark.parametrize(("end", "left"), [(None, 50), (True, 50), (False, 0)])
def test_a_dispute_that_nobody_told_of_is_applied(
    account: Account, provider: FakeGateway, end: bool | None, left: int
) -> None:
    payment = charged(account)
    dispute = provider.open_dispute(payment.provider_ref or "")
    if end is not None:
        provider.close_dispute(dispute.ref, won=end)

    done = run()

    payment.lot.refresh_from_db()
    assert (done.applied, done.disputes, balance(account)) == (1, 1, left)
    assert (payment.lot.frozen_at is not None) is (end is None)
    assert (run().applied, differing(), amiss()) == (0, [], [])


def test_all_three_of_one_payment_at_once(account: Account, provider: FakeGateway) -> None:
    payment = unpaid(account, provider, fakes.PROCESSING)
    answer = provider.finish(payment.key)
    provider.refunds["by hand"] = RefundAnswer("succeeded", "re_theirs", "", answer.ref, 2000, "USD")
    provider.open_dispute(answer.ref)

    done = run()

    assert (done.applied, balance(account)) == (3, 30)


# What no rule can mend


def test_another_amount_is_not_counted(account: Account, provider: FakeGateway) -> None:
    payment = unpaid(account, provider, fakes.PROCESSING)
    provider.keep(replace(provider.finish(payment.key), minor=4999))

    done = run()

    assert (balance(account), done.applied, done.differences) == (0, 0, 1)
    found = Difference.objects.get()
    assert (found.kind, found.payment, found.ours, found.theirs) == ("charge", payment, 50, Decimal("49.99"))
    assert amiss() == ["amount or currency differ"]


def test_a_charge_made_by_hand_there_is_shown_with_its_account(account: Account, provider: FakeGateway) -> None:
    provider.charges["by hand"] = Answer("succeeded", "pi_theirs", "", 5000, "USD", customer="cus_fabrikam")
    provider.charges["other"] = Answer("succeeded", "pi_other", "", 5000, "USD", customer="cus_of_another_business")

    run()

    found = Difference.objects.get()
    assert (found.ref, found.account, found.payment, found.theirs) == ("pi_theirs", account, None, 50)
    assert amiss() == [found.why]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ref": "pi_other"}, "reference, amount or currency differ"),
        ({"minor": 4999}, "reference, amount or currency differ"),
        ({"currency": "EUR"}, "reference, amount or currency differ"),
        ({"state": "failed"}, "we count it, they took no money"),
        ({"key": str(uuid4())}, "they took money for a payment that we do not have"),
    ],
)
def test_what_we_count_is_what_they_took(
    account: Account, provider: FakeGateway, change: dict[str, Any], why: str
) -> None:
    payment = charged(account)
    provider.charges[str(payment.key)] = replace(provider.charges[str(payment.key)], **change)

    run()

    assert why in [found for _, found in differing()]
    assert why in amiss()


def test_a_payment_charged_twice_is_shown_once(account: Account, provider: FakeGateway) -> None:
    payment = charged(account)
    once = provider.charges[str(payment.key)]
    provider.charges = {"again": replace(once, ref="pi_again"), **provider.charges}

    run()

    found = Difference.objects.get()
    assert (found.why, found.ref, found.payment) == ("they took money twice", "pi_again", payment)


def test_what_we_gave_back_is_what_they_gave_back(account: Account, provider: FakeGateway) -> None:
    staff = UserFactory.create(is_staff=True)
    for amount in (10, 20, 30):
        refunds.ask(charged(account), amount=Decimal(amount), why="asked", actor=staff, key=uuid4(), now=NOW)
    refunds.refund_due(now=NOW)
    failed, gone, less = list(provider.refunds)
    provider.finish_refund(failed, code="lost_or_stolen_card")
    del provider.refunds[gone]
    provider.refunds[less] = replace(provider.refunds[less], minor=2999)

    run()

    assert differing() == [
        ("refund", "we booked it, they say that it failed"),
        ("refund", "charge, amount or currency differ"),
        ("refund", "we booked it, they gave nothing back"),
    ]
    assert len(amiss()) == 3


def test_a_refund_of_what_we_do_not_count_is_shown(account: Account, provider: FakeGateway) -> None:
    payment = charged(account)
    ref = payment.provider_ref or ""
    provider.refunds = {
        "euros": RefundAnswer("succeeded", "re_1", "", ref, 2000, "EUR"),
        "never asked": RefundAnswer("succeeded", "re_2", str(uuid4()), "pi_gone", 2000, "USD"),
        "of another business": RefundAnswer("succeeded", "re_3", "", "pi_gone", 2000, "USD"),
    }

    run()

    assert list(Difference.objects.order_by("pk").values_list("ref", flat=True)) == ["re_1", "re_2"]
    assert balance(account) == 50


def test_a_lost_dispute_that_goes_on_is_a_persons(account: Account, provider: FakeGateway) -> None:
    payment = charged(account)
    dispute = provider.open_dispute(payment.provider_ref or "")
    disputes.lose(payment, ref=dispute.ref, now=NOW)

    run()

    assert differing() == [("dispute", "we count it as lost, they say open")]
    assert (balance(account), amiss()) == (0, ["we count it as lost, they say open"])


# The rows


def test_a_difference_is_one_row_however_often_it_is_seen(
    account: Account, provider: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    provider.charges["by hand"] = Answer("succeeded", "pi_theirs", "", 5000, "USD", customer="cus_fabrikam")

    for minutes in (10, 20, 30):
        run(now=minutes * MINUTE)

    found = Difference.objects.get()
    assert (found.found_at, found.seen_at) == (NOW + 10 * MINUTE, NOW + 30 * MINUTE)
    assert caplog.text.count("pi_theirs") == 1


def test_what_a_person_settled_stays_settled_as_long_as_it_is_the_same(account: Account, provider: FakeGateway) -> None:
    staff = UserFactory.create(is_staff=True)
    payment = charged(account)
    provider.keep(replace(provider.charges[str(payment.key)], minor=4999))
    run()

    reconciliation.settle(Difference.objects.get(), actor=staff, note="A cent lost", now=LATER)
    run()
    assert (differing(), amiss()) == ([], [])

    provider.keep(replace(provider.charges[str(payment.key)], minor=4000))
    run()
    assert (len(differing()), len(amiss())) == (1, 1)


def test_settled_twice_is_once(account: Account, provider: FakeGateway) -> None:
    provider.charges["by hand"] = Answer("succeeded", "pi_theirs", "", 5000, "USD", customer="cus_fabrikam")
    run()
    first, second = UserFactory.create_batch(2)
    found = Difference.objects.get()

    reconciliation.settle(found, actor=first, note="Given as a grant", now=LATER)
    with pytest.raises(reconciliation.AlreadySettled):
        reconciliation.settle(found, actor=second, note="Nonsense", now=LATER)

    found.refresh_from_db()
    assert (found.settled_by, found.note) == (first, "Given as a grant")


def test_what_no_longer_differs_is_closed_by_the_run_that_says_so(account: Account, provider: FakeGateway) -> None:
    payment = charged(account)
    right = provider.charges.pop(str(payment.key))
    run()

    provider.keep(right)
    run(now=20 * MINUTE)

    found = Difference.objects.get()
    assert (found.settled_at, found.settled_by, found.note) == (NOW + 20 * MINUTE, None, "It no longer differs.")


def test_a_run_that_did_not_look_so_far_back_closes_nothing(account: Account, provider: FakeGateway) -> None:
    payment = charged(account)
    provider.keep(replace(provider.charges[str(payment.key)], minor=4999))
    run()

    provider.charges.clear()
    reconciliation.run(since=NOW + MINUTE, now=NOW + 20 * MINUTE)

    assert len(differing()) == 1


# When the provider is down


@pytest.mark.parametrize("list_", ["charges_made", "refunds_made", "disputes"])
def test_a_provider_that_goes_down_in_the_middle_leaves_nothing_half_done(
    account: Account, provider: FakeGateway, monkeypatch: pytest.MonkeyPatch, list_: str
) -> None:
    payment = unpaid(account, provider, fakes.PROCESSING)
    provider.finish(payment.key)
    with monkeypatch.context() as patch:
        patch.setattr(provider, list_, breaks_off)
        done = run()

    assert (done.ended_at, done.applied, balance(account), differing()) == (None, 0, 0, [])
    assert run().applied == 1


def breaks_off(**_: object) -> object:
    """A list whose second page never comes."""
    yield from ()
    raise Unreachable("down")


def test_one_that_goes_wrong_does_not_keep_the_others_waiting(
    account: Account, provider: FakeGateway, northwind: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    MethodFactory.create(account=northwind.account)
    bad, good = unpaid(account, provider, fakes.PROCESSING), unpaid(northwind.account, provider, fakes.PROCESSING)
    for payment in (bad, good):
        provider.finish(payment.key)
    real = ledger.grant

    def grant(locked: Account, **given: object) -> object:
        if locked.pk == account.pk:
            raise RuntimeError("broken row")
        return real(locked, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "grant", grant)
    done = run()

    assert (done.applied, done.differences, balance(northwind.account), balance(account)) == (1, 1, 50, 0)


def test_an_order_that_was_never_sent_is_no_difference(account: Account, provider: FakeGateway) -> None:
    ordered(account)

    assert (run().differences, amiss()) == (0, [])


def test_somebody_is_called_once_when_nothing_was_compared_for_a_day(
    account: Account, provider: FakeGateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run()

    def unreachable(**_asked: object) -> None:
        raise Unreachable("down")

    monkeypatch.setattr(comparison, "ask", unreachable)
    for hours in (12, 24, 25, 26, 27):
        run(now=timedelta(hours=hours))

    called = [line for line in caplog.messages if "nothing has been compared" in line]
    assert called == ["nothing has been compared with the provider's list for 1 day, 0:50:00"]
    assert reconciliation.overdue(now=NOW + timedelta(hours=27)) == timedelta(hours=26, minutes=50)
