"""The reconciliation and refunds against the sandbox provider over HTTP: the same code that production runs."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from credits import gateway, invariants, reconciliation, refunds
from credits.gateway import StripeGateway
from credits.models import Account, Difference, Payment, PaymentMethod, Reconciliation, Refund
from subscriptions.models import Organization
from tests.config.provider import Sandbox, payment
from tests.credits.booking import charged
from tests.factories import NOW, UserFactory

pytestmark = pytest.mark.django_db
SINCE = NOW - timedelta(days=2)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("provider"))
    yield running
    running.stop()


@pytest.fixture
def account(sandbox: Sandbox, fabrikam: Organization, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Fabrikam with a card at the sandbox, whose webhooks nobody hears."""
    client = StripeGateway("sk_test_sandbox", sandbox.url, timeout=(5, 5))
    monkeypatch.setattr(gateway, "connect", lambda: client)
    customer, card = sandbox.customer_with("success")
    Account.objects.filter(pk=fabrikam.account.pk).update(customer_ref=customer)
    PaymentMethod.objects.create(
        account=fabrikam.account, provider_ref=card, brand="visa", last4="4242", exp_month=12, exp_year=2031,
        added_at=NOW,
    )  # fmt: skip
    yield Account.objects.select_related("organization").get(pk=fabrikam.account.pk)
    sandbox.reset()


def run() -> Reconciliation:
    return reconciliation.run(since=SINCE, now=LATER)


def balance(account: Account) -> Decimal:
    left: Decimal = Account.objects.get(pk=account.pk).balance
    return left


def amiss(account: Account) -> list[Any]:
    return invariants.PROVIDER["P06"](account.pk, LATER)


def by_hand(sandbox: Sandbox, customer: str, card: str) -> str:
    return str(sandbox.client.v1.payment_intents.create(payment(customer, card)).id)


def test_a_charge_whose_answer_and_webhooks_were_lost_is_counted(sandbox: Sandbox, account: Account) -> None:
    sandbox.switch(mode="charge_then_500", webhooks="lost")
    unknown = charged(account)
    sandbox.switch(mode="ok")

    done = run()

    unknown.refresh_from_db()
    assert (unknown.state, balance(account), done.applied) == ("succeeded", 50, 1)
    assert (run().applied, amiss(account)) == (0, [])


def test_a_refund_of_ours_goes_all_the_way(sandbox: Sandbox, account: Account) -> None:
    staff = UserFactory.create(is_staff=True)
    refund = refunds.ask(charged(account), amount=Decimal(20), why="asked", actor=staff, key=uuid4(), now=NOW)
    sandbox.switch(mode="charge_then_500")

    refunds.refund_due(now=NOW)
    refund.refresh_from_db()
    lost = refund.state
    sandbox.switch(mode="ok")
    refunds.refund_due(now=LATER)

    refund.refresh_from_db()
    assert (lost, refund.state, balance(account)) == ("unknown", "succeeded", 30)
    assert len(sandbox.client.v1.refunds.list({"payment_intent": refund.payment.provider_ref}).data) == 1
    assert (run().applied, amiss(account)) == (0, [])


def test_a_refund_and_a_dispute_made_there_are_found(sandbox: Sandbox, account: Account) -> None:
    first, second = charged(account), charged(account)
    sandbox.client.v1.refunds.create({"payment_intent": first.provider_ref, "amount": 2000})
    asked = {"payment_intent": second.provider_ref}
    assert sandbox.web.post("/sandbox/disputes", json=asked).status_code == 200

    done = run()

    second.lot.refresh_from_db()
    assert (done.applied, balance(account), Refund.objects.get().origin) == (2, 80, "provider")
    assert second.lot.frozen_at is not None
    assert (run().applied, amiss(account)) == (0, [])


def test_a_charge_made_by_hand_there_is_shown(sandbox: Sandbox, account: Account) -> None:
    card = account.payment_methods.get().provider_ref
    ref = by_hand(sandbox, account.customer_ref, card)

    run()

    found = Difference.objects.get(account=account)
    assert (found.ref, found.theirs, balance(account)) == (ref, 50, 0)
    assert [row["provider_ref"] for row in amiss(account)] == [ref]


@pytest.mark.parametrize("mode", ["wrong_amount", "wrong_currency"])
def test_another_amount_or_currency_than_ordered_is_not_counted(sandbox: Sandbox, account: Account, mode: str) -> None:
    sandbox.switch(mode=mode, webhooks="lost")
    wrong = charged(account)
    sandbox.switch(mode="ok", webhooks="lost")

    done = run()

    found = Difference.objects.get(account=account)
    assert (found.why, found.payment, found.ours) == ("amount or currency differ", wrong, 50)
    assert (balance(account), done.applied, len(amiss(account))) == (0, 0, 1)


def test_a_list_of_several_pages_is_read_to_its_end(sandbox: Sandbox, account: Account) -> None:
    sandbox.switch(mode="charge_then_500", webhooks="lost")
    oldest = charged(account)
    sandbox.switch(mode="ok", webhooks="lost")
    other = sandbox.customer_with("success")
    for _ in range(105):
        by_hand(sandbox, *other)

    done = run()

    oldest.refresh_from_db()
    assert done.charges > 105
    assert (oldest.state, balance(account)) == ("succeeded", 50)
    assert not Difference.objects.filter(account=account).exists()


@pytest.mark.parametrize("path", ["/v1/payment_intents", "/v1/refunds", "/v1/disputes"])
def test_a_provider_that_breaks_down_between_two_lists_leaves_nothing_half_done(
    sandbox: Sandbox, account: Account, path: str
) -> None:
    sandbox.switch(mode="charge_then_500", webhooks="lost")
    unknown = charged(account)
    sandbox.switch(mode={"name": "down", "path": path})

    done = run()

    assert (done.ended_at, done.applied, balance(account)) == (None, 0, 0)
    sandbox.switch(mode="ok")
    assert (run().applied, Payment.objects.get(pk=unknown.pk).state) == (1, "succeeded")
