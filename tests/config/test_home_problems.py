"""What Home says first: whatever wants a hand, and how auto-recharge and the balance stand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from credits.models import AutoRecharge, PaymentMethod
from subscriptions.models import Organization
from tests.config.test_home import fund, page_of
from tests.factories import NOW, MethodFactory, SubscriberFactory
from tests.rating.calls_on_pages import call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "books_are_right")]

SignIn = Callable[..., Client]


@pytest.fixture
def books_are_right() -> None:
    """The calls of these tests are made by hand, for the eye only: no journal charged them."""


def titles(client: Client, organization: Organization) -> list[str]:
    return [str(problem.title) for problem in client.get(page_of(organization)).context["problems"]]


@pytest.mark.parametrize(
    ("terms", "title"),
    [
        ({"paused_at": NOW}, "Auto-recharge is paused."),
        ({"failed_rounds": 1, "next_try_at": NOW + timedelta(hours=1)}, "The last recharge failed."),
        ({"next_try_at": NOW + timedelta(days=9)}, "Auto-recharge has reached its limit."),
    ],
)
def test_a_recharge_that_stands_still_is_a_problem(
    contoso: Organization, sign_in: SignIn, terms: dict[str, Any], title: str
) -> None:
    AutoRecharge.objects.filter(account=contoso.account).update(**terms)

    assert titles(sign_in(contoso), contoso) == [title]


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({"exp_year": 2026, "exp_month": 10}, ["Visa •••• 4242 expired 10/2026."]),
        ({"exp_year": 2026, "exp_month": 11}, ["Visa •••• 4242 expires 11/2026."]),
        ({"exp_year": 2026, "exp_month": 12}, ["Visa •••• 4242 expires 12/2026."]),
        ({"exp_year": 2027, "exp_month": 1}, []),
        ({"refused_at": NOW}, ["Visa •••• 4242 was refused by the bank for good."]),
        ({"removed_at": NOW, "refused_at": NOW}, []),
    ],
)
def test_a_card_that_will_not_pay_is_a_problem(
    contoso: Organization, sign_in: SignIn, card: dict[str, Any], expected: list[str]
) -> None:
    PaymentMethod.objects.filter(account=contoso.account).update(**card)

    assert titles(sign_in(contoso), contoso) == expected


def test_beside_a_card_that_pays_a_refused_one_is_no_emergency(contoso: Organization, sign_in: SignIn) -> None:
    MethodFactory.create(account=contoso.account, last4="0341", refused_at=NOW, position=1)

    (problem,) = sign_in(contoso).get(page_of(contoso)).context["problems"]

    assert (problem.tone, problem.title) == ("warning", "Visa •••• 0341 was refused by the bank for good.")
    assert problem.text == "Visa •••• 4242 can be charged instead. Replace this card or remove it."


@pytest.mark.parametrize(
    ("terms", "word"),
    [
        ({"paused_at": NOW}, "Paused – needs attention"),
        ({"next_try_at": NOW + timedelta(hours=1), "failed_rounds": 1}, "Waiting"),
        ({"next_try_at": NOW - timedelta(hours=1)}, "On"),
        ({"enabled": False}, "Off"),
    ],
)
def test_auto_recharge_stands_the_same_wherever_it_is_shown(
    contoso: Organization, sign_in: SignIn, terms: dict[str, Any], word: str
) -> None:
    fund(contoso, "50")
    AutoRecharge.objects.filter(account=contoso.account).update(**terms)
    client = sign_in(contoso)

    for page in (page_of(contoso), reverse("credits:overview", args=["contoso"])):
        html = client.get(page).content.decode()
        chip = html[html.index('id="recharge"') :].partition('class="chip')[2].partition("</span>")[0]

        assert chip.rpartition(">")[2].strip() == word


def test_the_balance_of_the_last_days_is_drawn_and_said(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso, "50")

    html = sign_in(contoso).get(page_of(contoso)).content.decode()

    assert "Balance of the last 30 days" in html
    assert "the balance went from $0.00 to $50.00" in html
    assert 'id="balance-card"' in html


def test_people_without_the_licence_are_a_problem(contoso: Organization, sign_in: SignIn) -> None:
    subscriber = SubscriberFactory.create(organization=contoso)
    for _ in range(2):
        call(contoso, unlicensed=True, subscriber=subscriber, started_at=NOW)

    assert titles(sign_in(contoso), contoso) == ["1 person called this month without a credits license."]
