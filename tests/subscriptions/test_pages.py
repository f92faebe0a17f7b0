"""The pages about plans and licences: who sees them, and what they say."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from subscriptions import licences, licensing, offers
from subscriptions.licence_files import Person
from subscriptions.models import Membership, Organization, PlanPrice, User
from tests.factories import UserFactory

SignIn = Callable[..., Client]
PAGES = ["subscriptions:plans", "subscriptions:licensing"]

pytestmark = pytest.mark.usefixtures("frozen")


def _import(organization: Organization, now: datetime, *people: tuple[str, str]) -> None:
    rows = [Person(f"{name}@{organization.slug}.example", name, "US", tuple(codes.split())) for name, codes in people]
    licences.import_people(organization, rows, since=None, actor=None, now=now)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", list(Membership.Role))
def test_every_member_sees_the_page(name: str, role: str, contoso: Organization, sign_in: SignIn) -> None:
    assert sign_in(contoso, role).get(reverse(name, args=["contoso"])).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_the_page_of_another_organization_is_not_there(
    name: str, contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    client = sign_in(contoso, Membership.Role.OWNER)

    assert client.get(reverse(name, args=["northwind"])).status_code == 404
    assert client.get(reverse(name, args=["nowhere"])).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_staff_are_not_members(name: str, contoso: Organization, client: Client) -> None:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))

    assert client.get(reverse(name, args=["contoso"])).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_strangers_are_sent_to_sign_in(name: str, contoso: Organization, client: Client) -> None:
    answer = client.get(reverse(name, args=["contoso"]))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", PAGES)
def test_the_page_speaks_chinese(name: str, contoso: Organization, sign_in: SignIn) -> None:
    User.objects.update(language="zh-hant")

    answer = sign_in(contoso).get(reverse(name, args=["contoso"]))

    assert answer.status_code == 200
    assert 'lang="zh-hant"' in answer.content.decode().lower()


def test_plans_are_told_with_minutes_of_the_country_and_sample_prices(contoso: Organization, sign_in: SignIn) -> None:
    page = sign_in(contoso).get(reverse("subscriptions:plans", args=["contoso"])).content.decode()

    assert "Domestic and International Calling Plan" in page
    assert "3,000 domestic" in page
    assert "600 international" in page
    assert "$24.00" in page
    assert "Sample prices." in page
    assert "United States" in page


def test_the_country_decides_the_minutes(northwind: Organization, now: datetime) -> None:
    found = {each.plan.code: each for shelf in offers.shelves(northwind, at=now) for each in shelf.offers}

    assert found["MCOPSTN1"].minutes is not None
    assert found["MCOPSTN1"].minutes.domestic == 1200
    assert found["MCOPSTN_PAYG_1"].minutes is None


def test_two_codes_of_one_product_are_one_offer(contoso: Organization, now: datetime) -> None:
    _import(contoso, now, ("ann", "MCOMEETADV"), ("ben", "MCOMEETADD MCOPSTN1"))

    found = {each.plan.code: each.held for shelf in offers.shelves(contoso, at=now) for each in shelf.offers}

    assert "MCOMEETADD" not in found
    assert (found["MCOMEETADV"], found["MCOPSTN1"], found["MCOPSTN2"]) == (2, 1, 0)


def test_licences_of_another_organization_are_not_counted(
    contoso: Organization, northwind: Organization, now: datetime
) -> None:
    _import(northwind, now, ("nina", "MCOPSTN1"))

    assert not any(each.held for shelf in offers.shelves(contoso, at=now) for each in shelf.offers)
    assert not licences.holdings(contoso, at=now)


def test_a_price_in_another_currency_is_not_shown(contoso: Organization, now: datetime) -> None:
    PlanPrice.objects.filter(plan__code="MCOPSTN1").update(currency="EUR")

    found = {each.plan.code: each.price for shelf in offers.shelves(contoso, at=now) for each in shelf.offers}

    assert found["MCOPSTN1"] is None
    assert found["MCOPSTN2"] is not None


def test_shelves_ask_the_database_a_fixed_number_of_times(
    contoso: Organization, now: datetime, django_assert_num_queries: Callable[..., object]
) -> None:
    _import(contoso, now, ("ann", "MCOMEETADV"), ("ben", "MCOMEETADD MCOPSTN1"))

    with django_assert_num_queries(5):  # type: ignore[attr-defined]  # a context manager
        offers.shelves(contoso, at=now)


@pytest.mark.parametrize(
    ("held", "feature", "able"),
    [
        ({frozenset({"MCOMEETADD"}): 3}, "Dial in to a meeting on an ordinary number", 3),
        ({frozenset({"MCOMEETADD"}): 3}, "Dial out from a meeting to anyone in the world", 0),
        (
            {frozenset({"MCOMEETADD"}): 3, frozenset({"MCOPSTNPP"}): 2},
            "Dial out from a meeting to anyone in the world",
            0,
        ),
        ({frozenset({"MCOMEETADD", "MCOPSTNPP"}): 2}, "Dial out from a meeting to anyone in the world", 2),
        ({frozenset({"MCOPSTN1", "MCOPSTNPP"}): 4}, "Calls abroad that no minutes cover", 4),
        ({frozenset({"MCOPSTN1"}): 4}, "Calls abroad within the monthly minutes", 0),
        ({frozenset({"MCOPSTN9"}): 1}, "Calls abroad within the monthly minutes", 1),
        ({frozenset({"MCOPSTN_PAYG_1", "MCOPSTNPP"}): 1}, "Pay-As-You-Go calls", 1),
    ],
)
def test_a_feature_needs_all_its_licences_on_one_person(
    held: dict[frozenset[str], int], feature: str, able: int
) -> None:
    lines = {str(line.feature.title): line for _, lines in licensing.table(held, {}) for line in lines}

    assert lines[feature].able == able
    assert lines[feature].complete == bool(able)


def test_emergency_calls_need_no_licence() -> None:
    lines = {str(line.feature.title): line for _, lines in licensing.table({}, {}) for line in lines}

    assert lines["Emergency calls"].complete
    assert [line.feature.title for line in lines.values() if line.complete] == ["Emergency calls"]


def test_the_licensing_page_says_what_is_there_and_what_is_not(
    contoso: Organization, sign_in: SignIn, now: datetime
) -> None:
    _import(contoso, now, ("ann", "MCOPSTN1 MCOPSTNPP"))

    page = sign_in(contoso).get(reverse("subscriptions:licensing", args=["contoso"])).content.decode()

    assert "You have it" in page
    assert "You lack it" in page
    assert "1 person" in page
    assert "nobody has it" in page
