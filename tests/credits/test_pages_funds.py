"""Add funds: form, review, order, and the page on which a payment's fate is read."""

import html
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from credits import payments, standing
from credits.models import Payment, PaymentMethod
from subscriptions.models import Organization
from tests import fakes
from tests.credits.booking import charged, fund, ordered, spend, url
from tests.factories import NOW, MethodFactory
from tests.fakes import FakeGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


@pytest.fixture
def card(contoso: Organization) -> PaymentMethod:
    return contoso.account.payment_methods.get()


def order(card: PaymentMethod, **changed: str | int) -> dict[str, Any]:
    return {"key": str(uuid.uuid4()), "amount": "75.00", "method": card.pk, **changed}


def test_form_review_order_and_result(
    contoso: Organization, card: PaymentMethod, sign_in: SignIn, provider: FakeGateway
) -> None:
    client = sign_in(contoso)
    fund(contoso.account, "25")

    form = client.post(url(contoso, "add_funds"), {"amount": "75", "method": card.pk})
    review = client.get(form["Location"])
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', review.content.decode()))
    placed = client.post(url(contoso, "place_order"), sent)
    payment = Payment.objects.get()

    assert form.status_code == 302
    assert "$75.00" in review.content.decode()
    assert placed["Location"] == url(contoso, "payment", payment.key)
    assert (payment.amount, payment.method, payment.state) == (Decimal(75), card, "pending")
    payments.charge(payment, now=NOW)
    result = client.get(placed["Location"]).content.decode()
    assert "$75.00 was added" in result
    assert "$100.00" in result
    assert "2 November 2027" in result


def test_the_expiry_date_is_said_before_and_at_the_review(
    contoso: Organization, card: PaymentMethod, sign_in: SignIn
) -> None:
    client = sign_in(contoso)

    form = client.get(url(contoso, "add_funds")).content.decode()
    review = client.get(url(contoso, "review_funds"), {"amount": "50", "method": str(card.pk)}).content.decode()

    assert "These funds expire on 2 November 2027." in form
    assert "2 November 2027" in review
    assert "$50.00 to $10,000.00" in form


@pytest.mark.parametrize(
    ("country", "before", "review", "total"),
    [
        ("GB", "VAT of 20% is added to the amount.", "VAT (20%)", "$90.00"),
        ("US", "Prices include tax.", "Included in the price", "$75.00"),
        ("HK", "These funds expire", "Total, charged to the card", "$75.00"),
    ],
)
def test_the_tax_is_said_and_the_total_names_what_is_charged(
    contoso: Organization, card: PaymentMethod, sign_in: SignIn, country: str, before: str, review: str, total: str
) -> None:
    Organization.objects.filter(pk=contoso.pk).update(country=country)
    client = sign_in(contoso)

    form = client.get(url(contoso, "add_funds")).content.decode()
    reviewed = client.get(url(contoso, "review_funds"), {"amount": "75", "method": str(card.pk)})
    client.post(url(contoso, "place_order"), order(card))

    assert before in form
    assert review in reviewed.content.decode()
    assert total in reviewed.content.decode().split('class="total"')[1]
    assert f"${Payment.objects.get().total:.2f}" == total


def test_the_purchase_order_is_the_organizations_unless_another_is_given(
    contoso: Organization, card: PaymentMethod, sign_in: SignIn
) -> None:
    Organization.objects.filter(pk=contoso.pk).update(purchase_order="PO-7")
    client = sign_in(contoso)

    form = client.get(url(contoso, "add_funds")).content.decode()
    sent = {"amount": "75", "method": card.pk, "purchase_order": " PO\t<8> "}
    review = client.get(client.post(url(contoso, "add_funds"), sent)["Location"]).content.decode()
    back = html.unescape(re.findall(r'href="([^"]*)">Back<', review)[0])
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', review))
    client.post(url(contoso, "place_order"), {name: html.unescape(value) for name, value in hidden.items()})

    assert 'value="PO-7"' in form
    assert "PO &lt;8&gt;" in review
    assert 'value="PO &lt;8&gt;"' in client.get(back).content.decode()
    assert Payment.objects.get().purchase_order == "PO <8>"


def test_a_purchase_order_of_any_length_is_no_error_of_ours(
    contoso: Organization, card: PaymentMethod, sign_in: SignIn
) -> None:
    answer = sign_in(contoso).post(url(contoso, "place_order"), order(card, purchase_order="9" * 51))

    assert answer.status_code == 400
    assert not Payment.objects.exists()


def test_a_bad_amount_comes_back_beside_its_field(contoso: Organization, card: PaymentMethod, sign_in: SignIn) -> None:
    answer = sign_in(contoso).post(url(contoso, "add_funds"), {"amount": "1e3", "method": card.pk})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in page
    assert "$50.00 to $10,000.00" in page
    assert 'value="1e3"' in page


def test_a_review_of_something_unreadable_is_the_form_again(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).get(url(contoso, "review_funds"), {"amount": "NaN", "method": "x"})

    assert "credits/add_funds.html" in [template.name for template in answer.templates]


def test_the_same_order_twice_is_one_payment(contoso: Organization, card: PaymentMethod, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    sent = order(card)

    first = client.post(url(contoso, "place_order"), sent)
    second = client.post(url(contoso, "place_order"), sent)

    assert first["Location"] == second["Location"]
    assert Payment.objects.count() == 1


def test_while_a_payment_is_on_its_way_the_next_leads_to_it(
    contoso: Organization, card: PaymentMethod, sign_in: SignIn
) -> None:
    waiting = ordered(contoso.account)

    answer = sign_in(contoso).post(url(contoso, "place_order"), order(card), follow=True)

    assert answer.redirect_chain[-1][0] == url(contoso, "payment", waiting.key)
    assert "Nothing else was ordered" in answer.content.decode()
    assert Payment.objects.get() == waiting


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "0.01"},
        {"amount": "NaN"},
        {"amount": "99999"},
        {"amount": ""},
        {"key": "x"},
        {"key": ""},
        {"method": "999999"},
    ],
)
def test_a_changed_order_is_refused(
    contoso: Organization, card: PaymentMethod, sign_in: SignIn, changed: dict[str, str]
) -> None:
    answer = sign_in(contoso).post(url(contoso, "place_order"), order(card, **changed))

    assert answer.status_code == 400
    assert not Payment.objects.exists()


def test_price_currency_state_and_account_are_ours(
    contoso: Organization, northwind: Organization, card: PaymentMethod, sign_in: SignIn
) -> None:
    forged: dict[str, Any] = {
        "currency": "JPY", "status": "succeeded", "state": "succeeded", "tax": "-5", "account": northwind.account.pk
    }  # fmt: skip

    sign_in(contoso).post(url(contoso, "place_order"), order(card, **forged))

    payment = Payment.objects.get()
    assert (payment.account, payment.currency, payment.state) == (contoso.account, "USD", "pending")
    assert payment.tax == 0


def test_another_organizations_key_orders_nothing(
    contoso: Organization, northwind: Organization, card: PaymentMethod, sign_in: SignIn
) -> None:
    MethodFactory.create(account=northwind.account)
    theirs = ordered(northwind.account)

    answer = sign_in(contoso).post(url(contoso, "place_order"), order(card, key=str(theirs.key)))

    assert answer["Location"] == url(contoso, "add_funds")
    assert Payment.objects.get() == theirs


def test_placing_an_order_rings_the_worker(
    contoso: Organization,
    card: PaymentMethod,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[str] = []
    monkeypatch.setattr("subscriptions.doorbell.ring", lambda *tasks: rung.extend(tasks))

    sign_in(contoso).post(url(contoso, "place_order"), order(card))

    assert rung == ["credits.charge_due"]


def test_without_a_card_the_way_to_one_is_offered(fabrikam: Organization, sign_in: SignIn) -> None:
    page = sign_in(fabrikam).get(url(fabrikam, "add_funds")).content.decode()

    assert "Add a card first" in page
    assert f'action="{url(fabrikam, "add_method")}"' in page


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("insufficient_funds", "The card has insufficient funds."),
        ("lost", "We don&#x27;t know yet – do not pay again"),
        ("processing", "do not pay again"),
    ],
)
def test_each_fate_is_said_in_words(
    contoso: Organization, sign_in: SignIn, provider: FakeGateway, outcome: str, words: str
) -> None:
    provider.script(outcome)
    payment = charged(contoso.account)

    page = sign_in(contoso).get(url(contoso, "payment", payment.key)).content.decode()

    assert words in page.replace("&#39;", "&#x27;").replace("don't", "don&#x27;t")


def test_after_a_decline_the_amount_is_kept(contoso: Organization, sign_in: SignIn, provider: FakeGateway) -> None:
    provider.script("card_declined")
    payment = charged(contoso.account, "75.50")
    client = sign_in(contoso)

    page = client.get(url(contoso, "payment", payment.key)).content.decode()
    again = client.get(url(contoso, "add_funds"), {"amount": "75.50"}).content.decode()

    assert f"{url(contoso, 'add_funds')}?amount=75.50" in page
    assert 'value="75.50"' in again


def test_a_waiting_page_changes_only_when_there_is_news(
    contoso: Organization, sign_in: SignIn, provider: FakeGateway
) -> None:
    payment = ordered(contoso.account)
    client, page = sign_in(contoso), url(contoso, "payment", payment.key)
    asks: dict[str, Any] = {"headers": {"HX-Request": "true"}}

    waiting = client.get(page).content.decode()
    before = client.get(f"{page}?seen=processing", **asks)
    payments.charge(payment, now=NOW)
    after = client.get(f"{page}?seen=processing", **asks)

    assert f"{page}?seen=processing" in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    assert (before.status_code, after.headers.get("HX-Refresh")) == (204, "true")


def test_what_brings_the_balance_above_zero_is_said(tailspin: Organization, sign_in: SignIn) -> None:
    MethodFactory.create(account=tailspin.account)
    spend(tailspin.account, 20_011)
    tailspin.account.refresh_from_db()
    standing_now = standing.of_account(tailspin.account, now=NOW)
    least = -standing_now.balance + Decimal("0.01")

    answer = sign_in(tailspin).get(url(tailspin, "add_funds"))

    assert standing_now.least_to_call == least
    assert f"At least ${least:.2f} brings the balance above zero" in answer.content.decode()
    assert answer.context["form"].initial["preset"] == "250"


@pytest.mark.parametrize(
    ("balance", "least"), [("0", "0.01"), ("-242.11", "242.12"), ("-242.1053", "242.11"), ("0.0001", "0")]
)
def test_the_least_is_just_above_what_is_owed(balance: str, least: str) -> None:
    stands = standing.Standing(available=Decimal(balance), balance=Decimal(balance), currency="USD")

    assert stands.least_to_call == Decimal(least)
