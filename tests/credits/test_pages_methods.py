"""Payment methods: added on the provider's page, ordered, removed; a provider that is away is no accident of ours."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from credits.models import AutoRecharge, Payment, PaymentMethod
from subscriptions.models import Activity, Organization
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

    sign_in(contoso).post(url(contoso, "make_default"), {"card": other.pk})

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

    assert "Auto-recharge needs this card: it is the only one that can be charged." in listed
    assert "Replace it, add another card first, or turn auto-recharge off." in answer.content.decode()
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


def replaced(client: Client, organization: Organization, card: PaymentMethod, session: str) -> Any:
    """The way back from the provider's page with a card that replaces that one."""
    return client.get(url(organization, "method_added"), {"session": session, "replaces": str(card.pk)}, follow=True)


def test_replacing_goes_to_the_providers_page_with_the_way_back(contoso: Organization, sign_in: SignIn) -> None:
    card = contoso.account.payment_methods.get()

    away = sign_in(contoso).post(url(contoso, "replace_method", card.pk))

    assert away["Location"].startswith("https://provider.test/pay/")
    assert contoso.account.payment_methods.active().get() == card


def test_a_new_card_takes_the_place_of_the_old_one_and_twice_is_once(
    contoso: Organization, sign_in: SignIn, provider: FakeGateway
) -> None:
    old = contoso.account.payment_methods.get()
    backup = MethodFactory.create(account=contoso.account, last4="1111", position=1)
    session = provider.add_card(contoso.account.customer_ref, last4="5678")
    client = sign_in(contoso)

    pages = [replaced(client, contoso, old, session).content.decode() for _ in range(2)]

    cards = list(contoso.account.payment_methods.active())
    assert [card.last4 for card in cards] == ["5678", "1111"]
    assert cards[1] == backup
    assert provider.forgotten == [old.provider_ref]
    assert all("Visa •••• 5678 took the place of Visa •••• 4242." in page for page in pages)
    assert Activity.objects.filter(organization=contoso, action="card.replaced").count() == 1


def test_the_only_card_of_auto_recharge_can_be_replaced(
    contoso: Organization, sign_in: SignIn, provider: FakeGateway
) -> None:
    old = contoso.account.payment_methods.get()
    session = provider.add_card(contoso.account.customer_ref, last4="5678")

    replaced(sign_in(contoso), contoso, old, session)

    assert [card.last4 for card in contoso.account.payment_methods.chargeable()] == ["5678"]
    assert AutoRecharge.objects.get(account=contoso.account).enabled


def test_a_card_whose_payment_is_on_its_way_stays_behind_the_new_one(
    contoso: Organization, sign_in: SignIn, provider: FakeGateway
) -> None:
    payment = ordered(contoso.account)
    session = provider.add_card(contoso.account.customer_ref, last4="5678")

    page = replaced(sign_in(contoso), contoso, payment.method, session).content.decode()

    assert [card.last4 for card in contoso.account.payment_methods.active()] == ["5678", "4242"]
    assert "which stays until its payment has ended" in page
    assert provider.forgotten == []


def test_the_same_card_again_takes_nobodys_place(contoso: Organization, sign_in: SignIn, provider: FakeGateway) -> None:
    session = provider.add_card(contoso.account.customer_ref)
    client = sign_in(contoso)
    client.get(url(contoso, "method_added"), {"session": session})
    same = contoso.account.payment_methods.latest("pk")

    replaced(client, contoso, same, session)

    assert same in contoso.account.payment_methods.active()
    assert provider.forgotten == []


def test_a_card_that_was_removed_since_takes_nobodys_place(
    contoso: Organization, sign_in: SignIn, provider: FakeGateway
) -> None:
    old, session = ordered(contoso.account).method, provider.add_card(contoso.account.customer_ref, last4="5678")
    client = sign_in(contoso)
    replaced(client, contoso, old, session)
    contoso.account.payment_methods.filter(last4="5678").update(removed_at=NOW)
    contoso.account.payments.update(state=Payment.State.CANCELLED, closed_at=NOW)

    page = replaced(client, contoso, old, session).content.decode()

    assert contoso.account.payment_methods.active().get() == old
    assert "No card was added." in page


@pytest.mark.parametrize("replaces", ["", "x", "-1", "99999999999999999999999", "0"])
def test_a_card_to_be_replaced_that_is_none_is_an_added_card(
    contoso: Organization, sign_in: SignIn, provider: FakeGateway, replaces: str
) -> None:
    session = provider.add_card(contoso.account.customer_ref, last4="5678")

    sign_in(contoso).get(url(contoso, "method_added"), {"session": session, "replaces": replaces})

    assert [card.last4 for card in contoso.account.payment_methods.active()] == ["4242", "5678"]


def test_the_card_of_another_organization_is_not_replaced(
    contoso: Organization, northwind: Organization, sign_in: SignIn, provider: FakeGateway
) -> None:
    theirs = MethodFactory.create(account=northwind.account)
    session = provider.add_card(contoso.account.customer_ref, last4="5678")

    replaced(sign_in(contoso), contoso, theirs, session)

    assert theirs in northwind.account.payment_methods.active()


def test_removing_a_needed_card_offers_to_replace_it(contoso: Organization, sign_in: SignIn) -> None:
    card = contoso.account.payment_methods.get()

    page = sign_in(contoso).get(url(contoso, "remove_method", card.pk)).content.decode()

    assert "Replace Visa •••• 4242 first" in page
    assert f'action="{url(contoso, "replace_method", card.pk)}"' in page


def test_a_backup_is_named_and_its_absence_too(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    without = client.get(url(contoso, "payment_methods")).content.decode()

    MethodFactory.create(account=contoso.account, last4="1111", position=1)
    backed = client.get(url(contoso, "payment_methods")).content.decode()

    assert "No backup card" in without
    assert "No backup card" not in backed
    assert backed.count('type="radio"') == 2


@pytest.mark.parametrize("card", ["", "x", "0", "999999"])
def test_a_default_that_is_no_card_is_asked_for_again(contoso: Organization, sign_in: SignIn, card: str) -> None:
    page = sign_in(contoso).post(url(contoso, "make_default"), {"card": card}, follow=True).content.decode()

    assert "Choose one of the cards that can be charged." in page


def test_the_list_of_cards_costs_the_same_however_many_there_are(
    contoso: Organization, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(contoso)
    with django_assert_num_queries(10):
        client.get(url(contoso, "payment_methods"))

    for number in range(8):
        MethodFactory.create(account=contoso.account, last4=f"{number:04}", position=number + 1)
    with django_assert_num_queries(10):
        client.get(url(contoso, "payment_methods"))
