"""The page of a payment: its timeline, the bank's question, and giving it up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from credits import disputes, gateway, payments
from credits.models import Payment
from credits.moves import Source, move
from credits.views import timeline
from subscriptions.models import Organization
from tests import fakes
from tests.credits.booking import charged, ordered, url
from tests.credits.test_pages_bills import bought
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]
State = Payment.State


@pytest.fixture
def waiting(contoso: Organization) -> Payment:
    """A payment whose bank wants to be answered."""
    payment = ordered(contoso.account)
    until = NOW + timedelta(hours=1)
    move(payment, State.SUBMITTING, source=Source.WORKER, now=NOW, submitted_at=NOW)
    move(payment, State.REQUIRES_ACTION, source=Source.ANSWER, now=NOW, provider_ref="pi_1", due_at=until)
    return payment


def answer_with(monkeypatch: pytest.MonkeyPatch, name: str, answer: Any) -> list[Payment]:
    """The rule of that name answers so, or raises it; the payments it was asked about."""
    asked: list[Payment] = []

    def act(payment: Payment, **_: Any) -> Any:
        asked.append(payment)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(payments, name, act)
    return asked


def test_the_timeline_tells_the_whole_way(contoso: Organization, waiting: Payment) -> None:
    move(waiting, State.SUCCEEDED, source=Source.WEBHOOK, now=NOW + timedelta(minutes=1), closed_at=NOW)

    lines = timeline.of(waiting, None)

    assert [line.title for line in lines] == [
        "Order placed", "Sent to the payment provider", "The bank asks for a confirmation", "Confirmed with the bank",
        "Paid",
    ]  # fmt: skip
    assert (lines[0].code, lines[-1].code) == (str(waiting.key), "pi_1")
    assert lines[-1].told_by == "The provider's message"


def test_a_refusal_says_its_cause(contoso: Organization) -> None:
    payment = ordered(contoso.account)
    move(payment, State.SUBMITTING, source=Source.WORKER, now=NOW)
    move(payment, State.FAILED, source=Source.ANSWER, now=NOW, detail="insufficient_funds", closed_at=NOW)

    line = timeline.of(payment, None)[-1]

    assert (line.title, line.note, line.tone) == ("Not paid", "The card has insufficient funds.", "danger")


def test_the_page_has_timeline_receipt_and_credit(contoso: Organization, sign_in: SignIn) -> None:
    payment = bought(contoso)

    page = sign_in(contoso).get(url(contoso, "payment", payment.key)).content.decode()

    assert "$50.00 was credited" in page
    assert "Expires on 2 November 2027" in page
    assert page.count(url(contoso, "receipt", 1)) == 2


def test_while_the_bank_waits_the_page_leads_there(contoso: Organization, waiting: Payment, sign_in: SignIn) -> None:
    page = sign_in(contoso).get(url(contoso, "payment", waiting.key)).content.decode()

    assert "Your bank asks you to confirm" in page
    assert "2 November 2026, 05:00" in page
    assert f'action="{url(contoso, "confirm_payment", waiting.key)}"' in page
    assert url(contoso, "cancel_payment", waiting.key) in page


def test_a_reader_sees_who_may_confirm(contoso: Organization, waiting: Payment, sign_in: SignIn) -> None:
    client = sign_in(contoso, "reader")

    page = client.get(url(contoso, "payment", waiting.key)).content.decode()

    assert "Only a Billing administrator or Owner can add funds" in page
    assert "Confirm with your bank" not in page
    assert client.post(url(contoso, "confirm_payment", waiting.key)).status_code == 403
    assert client.post(url(contoso, "cancel_payment", waiting.key)).status_code == 403


def test_confirming_leads_to_the_bank(
    contoso: Organization, waiting: Payment, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer_with(monkeypatch, "bank_page", "https://bank.example/a/1")

    answer = sign_in(contoso).post(url(contoso, "confirm_payment", waiting.key))

    assert answer["Location"] == "https://bank.example/a/1"
    assert asked == [waiting]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (payments.NothingToConfirm(), "There is nothing to confirm any more."),
        (gateway.Unreachable("down"), "The payment provider does not answer at the moment."),
    ],
)
def test_where_there_is_nothing_to_confirm_the_page_says_so(
    contoso: Organization,
    waiting: Payment,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    words: str,
) -> None:
    answer_with(monkeypatch, "bank_page", error)

    answer = sign_in(contoso).post(url(contoso, "confirm_payment", waiting.key), follow=True)

    assert words in answer.content.decode()


@pytest.mark.parametrize("outcome", [None, gateway.Unreachable("down")])
def test_coming_back_asks_the_provider_and_believes_no_address(
    contoso: Organization,
    waiting: Payment,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Exception | None,
) -> None:
    asked = answer_with(monkeypatch, "returned", outcome)

    answer = sign_in(contoso).get(url(contoso, "payment", waiting.key), {"redirect_status": "succeeded"})

    waiting.refresh_from_db()
    assert answer["Location"] == url(contoso, "payment", waiting.key)
    assert asked == [waiting]
    assert waiting.state == State.REQUIRES_ACTION


def test_a_payment_is_cancelled_after_it_was_asked_once_more(
    contoso: Organization, waiting: Payment, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer_with(monkeypatch, "cancel", None)
    client, here = sign_in(contoso), url(contoso, "cancel_payment", waiting.key)

    question = client.get(here).content.decode()
    answer = client.post(here, follow=True)

    assert "Cancel this payment?" in question
    assert "$50.00 is not charged to Visa •••• 4242." in question
    assert asked == [waiting]
    assert "The payment was cancelled." in answer.content.decode()


def test_too_late_to_cancel_is_said(
    contoso: Organization, waiting: Payment, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, "cancel", payments.TooLate())

    answer = sign_in(contoso).post(url(contoso, "cancel_payment", waiting.key), follow=True)

    assert "It was too late" in answer.content.decode()


def test_another_organizations_payment_is_not_found(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    theirs = bought(northwind)
    client = sign_in(contoso)

    for name, ask in (("payment", client.get), ("confirm_payment", client.post), ("cancel_payment", client.post)):
        for organization, key in ((contoso, theirs.key), (northwind, theirs.key), (contoso, uuid4())):
            assert ask(url(organization, name, key)).status_code == 404


def test_a_dispute_is_explained_where_its_payment_is_seen(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.install(monkeypatch)
    payment, client = charged(contoso.account), sign_in(contoso)

    disputes.open_(payment, ref="dp_1", now=NOW)
    here, main = (client.get(url(contoso, *name)).text for name in (("payment", payment.key), ("overview",)))
    disputes.lose(payment, ref="dp_1", now=NOW)
    after, activity = (client.get(url(contoso, *name)).text for name in (("payment", payment.key), ("overview",)))

    assert "This payment is disputed with the bank: $50.00 of its credit waits." in here
    assert "usually decides within 75 days" in here
    assert here.index("Disputed with the bank") < here.index("dp_1")
    assert "$50.00 cannot be used for now." in main
    assert "$50.00 was taken back: from what was left, and the rest is owed." in after
    assert "is disputed with the bank:" not in after
    assert "Taken back: the dispute of a payment was lost" in activity
    assert "dp_1" not in activity
