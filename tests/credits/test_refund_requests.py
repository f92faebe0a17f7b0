"""An admin asks for a payment back: once, while something is left and in time; staff give it or decline in words."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from credits import refunds
from credits.ledger import NotRefundable
from credits.models import Payment, RefundRequest
from notifications.models import Notice
from subscriptions.models import Activity, Organization, User
from tests import fakes
from tests.credits.booking import charged, spend, url
from tests.factories import NOW, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch) -> fakes.FakeGateway:
    return fakes.install(monkeypatch)


@pytest.fixture
def payment(contoso: Organization) -> Payment:
    return charged(contoso.account)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def asked(payment: Payment) -> RefundRequest:
    owner: User = payment.account.organization.memberships.get(role="owner").user
    return refunds.request(payment, why="Bought twice", actor=owner, now=NOW)


def test_it_is_asked_for_with_a_reason_and_shown(contoso: Organization, sign_in: SignIn, payment: Payment) -> None:
    client, here = sign_in(contoso), url(contoso, "ask_refund", payment.key)

    panel = client.get(here).text
    empty = client.post(here, {"why": " "}).text
    page = client.post(here, {"why": "Bought twice"}, follow=True).text

    assert "<strong>$50.00</strong> can come back to Visa •••• 4242" in " ".join(panel.split())
    assert "Say why, so that it can be decided." in empty
    assert page.count("Bought twice") == 1
    assert "It waits for our answer" in page
    assert "Ask for a refund" not in page
    assert Activity.objects.filter(action="refund.requested").count() == 1


def test_there_is_one_open_request_for_a_payment(contoso: Organization, sign_in: SignIn, payment: Payment) -> None:
    asked(payment)

    page = sign_in(contoso).post(url(contoso, "ask_refund", payment.key), {"why": "Again"}, follow=True).text

    assert "A refund of this payment was asked for already." in page
    assert RefundRequest.objects.count() == 1


@pytest.mark.parametrize("late", [True, False], ids=["too late", "all spent"])
def test_what_cannot_come_back_is_not_asked_for(
    contoso: Organization, sign_in: SignIn, payment: Payment, late: bool
) -> None:
    if not late:
        spend(contoso.account, 5000)
    now = NOW + timedelta(days=15) if late else NOW

    with pytest.raises(NotRefundable):
        refunds.request(payment, why="x", actor=payment.ordered_by or UserFactory.create(), now=now)

    if not late:
        answer = sign_in(contoso).get(url(contoso, "ask_refund", payment.key), follow=True)
        assert "Nothing of this payment can be given back any more." in answer.text


def test_declined_the_organization_reads_why_once(
    contoso: Organization, sign_in: SignIn, staff: Client, payment: Payment
) -> None:
    request = asked(payment)
    here = reverse("admin:credits_refundrequest_decline", args=[request.pk])

    first = staff.post(here, {"said": "It is in use."}, follow=True).text
    again = staff.post(here, {"said": "No."}, follow=True).text
    page = sign_in(contoso).get(url(contoso, "payment", payment.key)).text

    assert "The request is declined" in first
    assert "Somebody has answered this request already." in again
    assert page.count("It is in use.") == 2
    (notice,) = Notice.objects.filter(kind=Notice.Kind.REFUND_DECLINED)
    assert notice.facts["said"] == "It is in use."


def test_given_back_the_request_is_answered(contoso: Organization, staff: Client, payment: Payment) -> None:
    request = asked(payment)
    page = staff.get(reverse("admin:credits_refundrequest_change", args=[request.pk])).text
    owner = contoso.memberships.get(role="owner").user

    refunds.ask(payment, amount=payment.amount, why="ok", actor=owner, key=uuid4(), now=NOW)
    request.refresh_from_db()

    assert reverse("admin:credits_payment_refund", args=[payment.pk]) in page
    assert (request.answer, request.answered_at) == ("given", NOW)
    with pytest.raises(refunds.AskedAlready):
        asked(payment)


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("billing_admin", 200), ("licence_admin", 403), ("reader", 403)]
)
def test_who_may_ask(contoso: Organization, sign_in: SignIn, payment: Payment, role: str, status: int) -> None:
    client = sign_in(contoso, role)

    assert client.get(url(contoso, "ask_refund", payment.key)).status_code == status
    page = client.get(url(contoso, "payment", payment.key)).text
    assert ("A Billing administrator or Owner can ask for it." in page) == (status == 403)


def test_another_organization_asks_for_nothing(
    contoso: Organization, northwind: Organization, sign_in: SignIn, payment: Payment
) -> None:
    client = sign_in(northwind)

    assert client.get(url(contoso, "ask_refund", payment.key)).status_code == 404
    assert client.get(url(northwind, "ask_refund", payment.key)).status_code == 404


def test_staff_see_what_waits_at_once(contoso: Organization, staff: Client, payment: Payment) -> None:
    before = staff.get(reverse("admin:index")).text
    request = asked(payment)

    front = staff.get(reverse("admin:index")).text
    rows = staff.get(reverse("admin:credits_refundrequest_changelist"), {"answered_at__isempty": "1"}).text
    page = staff.get(reverse("admin:credits_refundrequest_change", args=[request.pk])).text

    assert "waits for an answer" not in before
    assert "1 request for a refund waits for an answer" in front
    assert "$50.00" in rows
    assert all(word in page for word in ("Contoso", "$50.00", "Bought twice"))
