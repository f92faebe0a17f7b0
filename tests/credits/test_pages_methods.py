"""Payment methods: added on the provider's page, ordered, removed; a provider that is away is no accident of ours."""

from collections.abc import Callable

import pytest
from django.test import Client

from credits.models import AutoRecharge, PaymentMethod
from subscriptions.models import Organization
from tests import fakes
from tests.credits.booking import ordered, url
from tests.factories import NOW, MethodFactory
from tests.fakes import FakeGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


def test_adding_goes_to_the_providers_page_and_back(
    fabrikam: Organization, sign_in: SignIn, provider: FakeGateway
) -> None:
    client = sign_in(fabrikam)

    away = client.post(url(fabrikam, "add_method"), {"then": "funds"})
    fabrikam.account.refresh_from_db()
    session = provider.add_card(fabrikam.account.customer_ref)
    back = client.get(url(fabrikam, "method_added"), {"session": session, "then": "funds"})
    again = client.get(url(fabrikam, "method_added"), {"session": session})

    assert away["Location"].startswith("https://provider.test/pay/")
    assert back["Location"] == url(fabrikam, "add_funds")
    assert again["Location"] == url(fabrikam, "payment_methods")
    assert PaymentMethod.objects.get().account == fabrikam.account


@pytest.mark.parametrize("session", ["", "cs_unknown", "x" * 5000])
def test_coming_back_without_a_card_adds_none(fabrikam: Organization, sign_in: SignIn, session: str) -> None:
    answer = sign_in(fabrikam).get(url(fabrikam, "method_added"), {"session": session}, follow=True)

    assert "No card was added." in answer.content.decode()
    assert not PaymentMethod.objects.exists()


def test_a_card_of_another_customer_is_not_taken_over(
    fabrikam: Organization, northwind: Organization, sign_in: SignIn, provider: FakeGateway
) -> None:
    client = sign_in(fabrikam)
    client.post(url(fabrikam, "add_method"))
    session = provider.add_card("cus_of_somebody_else")

    client.get(url(fabrikam, "method_added"), {"session": session})

    assert not PaymentMethod.objects.exists()


@pytest.mark.parametrize("then", ["https://evil.example", "//evil.example", "nowhere"])
def test_the_way_back_is_one_of_ours(fabrikam: Organization, sign_in: SignIn, provider: FakeGateway, then: str) -> None:
    session = provider.add_card(fabrikam.account.customer_ref)

    answer = sign_in(fabrikam).get(url(fabrikam, "method_added"), {"session": session, "then": then})

    assert answer["Location"] == url(fabrikam, "payment_methods")


def test_a_provider_that_is_away_is_a_message(contoso: Organization, sign_in: SignIn, provider: FakeGateway) -> None:
    provider.reachable = False
    client = sign_in(contoso)

    away = client.post(url(contoso, "add_method"), follow=True)
    back = client.get(url(contoso, "method_added"), {"session": "cs_1"})

    assert "does not answer at the moment" in away.content.decode()
    assert back.status_code == 503
    assert "Try again" in back.content.decode()


def test_the_list_says_what_uses_each_card_and_what_is_wrong_with_it(contoso: Organization, sign_in: SignIn) -> None:
    account = contoso.account
    MethodFactory.create(account=account, last4="1111", exp_month=12, exp_year=2026, position=1)
    MethodFactory.create(account=account, last4="2222", exp_month=10, exp_year=2026, position=2)
    MethodFactory.create(account=account, last4="3333", refused_at=NOW, position=3)
    MethodFactory.create(account=account, last4="9999", removed_at=NOW)

    answer = sign_in(contoso).get(url(contoso, "payment_methods"))

    cards = {row.method.last4: (row.default, row.turn, row.expired, row.expiring) for row in answer.context["cards"]}
    assert cards == {
        "4242": (True, 1, False, False),
        "1111": (False, 2, False, True),
        "2222": (False, 3, True, False),
        "3333": (False, 0, False, False),
    }
    assert "Refused" in answer.content.decode()


def test_the_default_can_be_changed(contoso: Organization, sign_in: SignIn) -> None:
    other = MethodFactory.create(account=contoso.account, last4="1111", position=1)

    sign_in(contoso).post(url(contoso, "make_default", other.pk))

    assert contoso.account.payment_methods.active()[0] == other


def test_removing_is_asked_and_then_done(contoso: Organization, sign_in: SignIn, provider: FakeGateway) -> None:
    other = MethodFactory.create(account=contoso.account, last4="1111", position=1)
    client = sign_in(contoso)

    asked = client.get(url(contoso, "remove_method", other.pk)).content.decode()
    client.post(url(contoso, "remove_method", other.pk))
    twice = client.post(url(contoso, "remove_method", other.pk))

    assert "Remove Visa •••• 1111?" in asked
    assert provider.forgotten == [other.provider_ref]
    assert twice.status_code == 404


def test_a_card_that_auto_recharge_needs_stays_and_the_way_out_is_said(contoso: Organization, sign_in: SignIn) -> None:
    card = contoso.account.payment_methods.get()
    client = sign_in(contoso)

    listed = client.get(url(contoso, "payment_methods")).content.decode()
    answer = client.post(url(contoso, "remove_method", card.pk), follow=True)

    assert "Auto-recharge needs this card." in listed
    assert "Add another card first, or turn auto-recharge off." in answer.content.decode()
    assert contoso.account.payment_methods.active().get() == card


def test_a_card_with_a_payment_on_its_way_stays(contoso: Organization, sign_in: SignIn) -> None:
    AutoRecharge.objects.update(enabled=False)
    payment = ordered(contoso.account)

    answer = sign_in(contoso).post(url(contoso, "remove_method", payment.method_id), follow=True)

    assert "is on its way. Remove the card when it has ended." in answer.content.decode()


def test_a_reader_sees_the_cards_without_buttons(contoso: Organization, sign_in: SignIn) -> None:
    page = sign_in(contoso, "reader").get(url(contoso, "payment_methods")).content.decode()

    assert "Visa •••• 4242" in page
    assert "Only a Billing administrator or Owner can change payment methods." in page
    assert url(contoso, "add_method") not in page
