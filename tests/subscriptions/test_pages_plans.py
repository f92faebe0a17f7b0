"""Plans and pricing by country, one plan with all there is to know of it, and what to do about a missing licence."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subscriptions import licences, licensing, markets, offers
from subscriptions.entitlements import Capability
from subscriptions.licence_files import Person
from subscriptions.models import Membership, Organization, Plan, PlanPrice, Subscription
from tests.factories import MembershipFactory, OrganizationFactory

SignIn = Callable[..., Client]
Role = Membership.Role

pytestmark = pytest.mark.usefixtures("frozen")


def url(organization: Organization, name: str, *args: object) -> str:
    return reverse(f"subscriptions:{name}", args=[organization.slug, *args])


def _import(organization: Organization, now: datetime, *people: tuple[str, str]) -> None:
    rows = [Person(f"{name}@{organization.slug}.example", name, "US", tuple(codes.split())) for name, codes in people]
    licences.import_people(organization, rows, since=None, actor=None, now=now)


@pytest.fixture
def taiwanese(db: None) -> Organization:
    organization = OrganizationFactory.create(slug="taipei", country="TW")
    MembershipFactory.create(organization=organization)
    return organization


@pytest.mark.parametrize("role", list(Role))
def test_every_member_sees_a_plan_and_some_may_buy(role: str, contoso: Organization, sign_in: SignIn) -> None:
    client, may = sign_in(contoso, role), role in (Role.OWNER, Role.BILLING_ADMIN)

    for page in (client.get(url(contoso, "plans")), client.get(url(contoso, "plan", "MCOPSTN1"))):
        text = page.content.decode()
        assert (url(contoso, "order", "MCOPSTN1") in text) == may
        assert ("Only a Billing administrator or Owner can order or cancel plans." in text) != may


def test_a_plan_of_another_organizations_pages_is_not_there(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    assert sign_in(contoso, Role.OWNER).get(url(northwind, "plan", "MCOPSTN1")).status_code == 404


def test_what_is_not_sold_in_the_country_cannot_be_bought(taiwanese: Organization, sign_in: SignIn) -> None:
    page = sign_in(taiwanese).get(url(taiwanese, "plans")).content.decode()

    assert "Not sold in Taiwan" in page
    assert url(taiwanese, "order", "MCOPSTN1") not in page
    assert url(taiwanese, "order", "MCOEV") in page


@pytest.mark.parametrize("name", ["plans", "plan"])
def test_who_has_credits_where_they_are_not_sold_keeps_them_and_may_add_funds(
    name: str, taiwanese: Organization, sign_in: SignIn
) -> None:
    args = ["MCOPSTNPP"] if name == "plan" else []

    page = sign_in(taiwanese).get(url(taiwanese, name, *args)).content.decode()

    assert "it stays yours" in page
    assert reverse("credits:add_funds", args=["taipei"]) in page
    assert sign_in(taiwanese).get(reverse("credits:add_funds", args=["taipei"])).status_code == 200


def test_another_country_can_be_looked_at_but_not_ordered_from(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    page = client.get(url(contoso, "plans"), {"country": "TW"}).content.decode()

    assert "You see what is sold in Taiwan." in page
    assert "1,200 domestic" in page
    assert url(contoso, "order", "MCOEV") not in page
    assert len(page.encode()) < 60_000


@pytest.mark.parametrize("country", ["XX", "tw", "", "T", "TW TW", "<script>", "\x00"])
def test_a_country_that_is_none_is_the_organizations_own(country: str, contoso: Organization, sign_in: SignIn) -> None:
    page = sign_in(contoso).get(url(contoso, "plans"), {"country": country})

    assert page.context["country"] == "US"
    assert "<script>" not in page.content.decode().split("<main")[1].split("</main>")[0]


def test_an_organization_in_a_country_off_the_list_can_choose_its_own(db: None, sign_in: SignIn) -> None:
    organization = OrganizationFactory.create(slug="reykjavik", country="IS")
    MembershipFactory.create(organization=organization)

    page = sign_in(organization).get(url(organization, "plans"))

    assert "IS" not in markets.COUNTRIES
    assert ("IS", "Iceland") in page.context["countries"]
    assert "Not sold in" not in page.content.decode()


def test_a_plan_says_minutes_prices_and_what_goes_with_it(
    contoso: Organization, sign_in: SignIn, now: datetime
) -> None:
    plan = Plan.objects.get(code="MCOPSTN1")
    PlanPrice.objects.create(plan=plan, currency="USD", amount=Decimal(14), effective_on=date(2027, 1, 1))

    page = sign_in(contoso).get(url(contoso, "plan", "MCOPSTN1"))

    text = page.content.decode()
    assert [each.usage_location for each in page.context["minutes"]] == ["CA", "PR", "US", ""]
    assert "Your country" in text
    assert [price.amount for price in page.context["prices"]] == [14, 12]
    assert "To come" in text
    assert "In force" in text
    assert "Phone System" in text
    assert url(contoso, "plan", "MCOEV") in text  # nobody has it: where to get it


def test_a_second_code_leads_to_the_plan_itself(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).get(url(contoso, "plan", "MCOMEETADD"))

    assert answer.headers["Location"] == url(contoso, "plan", "MCOMEETADV")


def test_free_licences_are_those_of_active_subscriptions_that_nobody_has(contoso: Organization, now: datetime) -> None:
    _import(contoso, now, ("ann", "MCOMEETADD"), ("ben", "MCOPSTN1"))
    for code, quantity, state in (("MCOMEETADV", 4, "active"), ("MCOPSTN5", 9, "cancelled")):
        plan = Plan.objects.get(code=code)
        Subscription.objects.create(organization=contoso, plan=plan, quantity=quantity, state=state, started_at=now)

    found = {each.plan.code: each.free for shelf in offers.shelves(contoso, at=now) for each in shelf.offers}

    assert (found["MCOMEETADV"], found["MCOPSTN1"], found["MCOPSTN5"], found["MCOPSTNPP"]) == (4, 0, 0, None)


@pytest.mark.parametrize("name", ["plans", "plan", "licensing"])
def test_the_pages_cost_the_same_however_many_people_there_are(
    name: str, contoso: Organization, sign_in: SignIn, now: datetime, django_assert_num_queries: Callable[..., object]
) -> None:
    client, address = sign_in(contoso), url(contoso, name, *(["MCOPSTN1"] if name == "plan" else []))
    _import(contoso, now, ("ann", "MCOPSTN1 MCOPSTN2 MCOMEETADV"))
    with CaptureQueriesContext(connection) as few:
        client.get(address)

    _import(contoso, now, *((f"p{number}", "MCOPSTN1 MCOPSTN5 MCOMEETADD MCOPSTNPP") for number in range(30)))

    with django_assert_num_queries(len(few)):  # type: ignore[attr-defined]  # a context manager
        assert len(client.get(address).content) < 60_000


@pytest.mark.parametrize(
    ("code", "needs"),
    [
        ("MCOPSTNPP", [{"Audio Conferencing", "Calling Plan"}]),
        ("MCOPSTN_PAYG_1", [{"Communications Credits"}, {"Phone System"}]),
        ("MCOPSTN1", [{"Phone System"}]),
        ("MCOPSTN2", [{"Phone System"}]),
        ("MCOTEAMS_ESSENTIALS", []),
        ("MCOMEETADD_DIALOUT_US", [{"Audio Conferencing"}]),
        ("MCOMEETADV", []),
        ("MCOEV", []),
    ],
)
def test_a_plan_names_what_goes_with_it(code: str, needs: list[set[str]]) -> None:
    found = licensing.prerequisites(code, {}, {})

    assert [{str(need.title) for need in each.any_of} for each in found] == needs
    assert not any(each.met for each in found)


def test_one_of_what_goes_with_it_is_enough() -> None:
    (found,) = licensing.prerequisites("MCOPSTNPP", {frozenset({"MCOPSTN1"}): 2}, {})

    assert found.met
    assert [need.held for need in found.any_of] == [0, 2]


@pytest.mark.parametrize(
    ("holdings", "spare", "lacking", "idle"),
    [
        ({}, {}, True, False),
        ({}, {"MCOMEETADV": 0}, True, False),
        ({}, {"MCOMEETADV": 2}, False, True),
        ({}, {"MCOMEETADV": None}, False, True),
        ({frozenset({"MCOMEETADD"}): 1}, {}, False, False),
    ],
)
def test_a_missing_licence_is_bought_or_if_there_is_one_assigned(
    holdings: dict[frozenset[str], int], spare: dict[str, int | None], lacking: bool, idle: bool
) -> None:
    line = next(line for _, lines in licensing.table(holdings, spare) for line in lines)

    assert line.feature.needs == (Capability.AUDIO_CONFERENCING,)
    assert (line.needs[0].lacking, line.needs[0].idle) == (lacking, idle)


def test_licences_on_different_people_are_scattered() -> None:
    holdings = {frozenset({"MCOMEETADV"}): 1, frozenset({"MCOPSTNPP"}): 1}

    lines = {str(line.feature.title): line for _, lines in licensing.table(holdings, {}) for line in lines}

    assert lines["Dial in to a meeting on a toll-free number"].scattered
    assert not lines["Dial in to a meeting on an ordinary number"].scattered


@pytest.mark.parametrize("role", list(Role))
def test_the_licensing_page_says_what_to_do(role: str, contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    Subscription.objects.create(
        organization=contoso, plan=Plan.objects.get(code="MCOMEETADV"), quantity=3, started_at=now
    )

    page = sign_in(contoso, role).get(url(contoso, "licensing")).content.decode()

    assert "nobody has it yet, 3 licenses are free" in page
    assert (">Assign<" in page) == (role in (Role.OWNER, Role.LICENCE_ADMIN))
    assert (">Buy<" in page) == (role in (Role.OWNER, Role.BILLING_ADMIN))
    assert (">See the plan<" in page) == (role in (Role.LICENCE_ADMIN, Role.READER))


@pytest.mark.parametrize("page", ["{plans}%00/", "{plans}%00/order/", "{plans}%00/order/review/", "/invitations/%00/"])
def test_an_address_with_a_nul_is_not_found(page: str, contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).get(page.format(plans=url(contoso, "plans")))

    assert answer.status_code == 404
