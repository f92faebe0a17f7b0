"""The page of one subscription, the list of all, and cancelling: who may, and what is said."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subscriptions import cancellations, licences
from subscriptions.licence_files import Person
from subscriptions.models import Membership, Organization, Plan, Subscription, User

SignIn = Callable[..., Client]
Role = Membership.Role
BEGAN = datetime(2026, 9, 20, 15, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("frozen")


def url(subscription: Subscription, name: str = "subscription") -> str:
    return reverse(f"subscriptions:{name}", args=[subscription.organization.slug, subscription.pk])


def all_of(organization: Organization) -> str:
    return reverse("credits:subscriptions", args=[organization.slug])


@pytest.fixture
def calling(contoso: Organization) -> Subscription:
    """Two people have the plan, three licences are free."""
    rows = [Person(f"{name}@contoso.example", name, "US", ("MCOPSTN1", "MCOPSTNPP")) for name in ("ann", "ben")]
    licences.import_people(contoso, rows, since=date(2026, 9, 20), actor=None, now=BEGAN)
    contoso.subscriptions.filter(plan__code="MCOPSTN1").update(quantity=5)
    return contoso.subscriptions.get(plan__code="MCOPSTN1")


@pytest.mark.parametrize("role", list(Role))
def test_every_member_sees_it_and_some_may_cancel(role: str, calling: Subscription, sign_in: SignIn) -> None:
    client = sign_in(calling.organization, role)
    may = role in (Role.OWNER, Role.BILLING_ADMIN)

    page = client.get(url(calling)).content.decode()

    assert (url(calling, "cancel_subscription") in page) == may
    assert ("Only a Billing administrator or Owner can order or cancel plans." in page) != may
    assert client.get(url(calling, "cancel_subscription")).status_code == (200 if may else 403)
    assert client.post(url(calling, "cancel_subscription")).status_code == (302 if may else 403)
    assert client.post(url(calling, "keep_subscription")).status_code == (302 if may else 403)


def test_another_organizations_subscription_is_not_there(
    calling: Subscription, northwind: Organization, sign_in: SignIn
) -> None:
    client = sign_in(northwind, Role.OWNER)

    for name in ("subscription", "cancel_subscription"):
        assert client.get(url(calling, name)).status_code == 404
        assert client.get(reverse(f"subscriptions:{name}", args=["northwind", calling.pk])).status_code == 404
    assert client.post(reverse("subscriptions:keep_subscription", args=["northwind", calling.pk])).status_code == 404


def test_it_says_what_there_is_and_until_when(calling: Subscription, sign_in: SignIn) -> None:
    page = sign_in(calling.organization).get(url(calling))

    stock = page.context["stock"]
    assert (stock.subscription.quantity, stock.assigned, stock.free) == (5, 2, 3)
    text = page.content.decode()
    assert "20 November 2026" in text  # renews
    assert "these licenses came with a license file" in text


def test_cancelled_with_the_consequences_and_kept_after_all(calling: Subscription, sign_in: SignIn) -> None:
    client = sign_in(calling.organization)

    asked = client.get(url(calling, "cancel_subscription")).content.decode()
    assert "until the end of 19 November 2026" in asked
    assert "Then 2 people lose the license" in asked
    assert "2 of them have licenses of Communications Credits that stand on this one alone." in asked

    ending = client.post(url(calling, "cancel_subscription"), follow=True).content.decode()
    assert "Ends on 19 November 2026" in ending
    assert "Ends on 19 November 2026" in client.get(all_of(calling.organization)).content.decode()

    kept = client.post(url(calling, "keep_subscription"), follow=True).content.decode()
    assert "Ends on" not in kept
    assert "stays: nothing changes." in kept


def test_when_it_has_ended_nothing_can_be_cancelled_or_kept(
    calling: Subscription, sign_in: SignIn, now: datetime, frozen: time_machine.Traveller
) -> None:
    client = sign_in(calling.organization)
    ends_at = cancellations.cancel(calling, actor=None, now=now)
    frozen.move_to(ends_at, tick=False)
    client.force_login(calling.organization.memberships.get(role="owner").user)
    cancellations.end_due(now=ends_at)

    pages = [
        client.get(url(calling, "cancel_subscription"), follow=True),
        client.post(url(calling, "cancel_subscription"), follow=True),
        client.post(url(calling, "keep_subscription"), follow=True),
    ]

    for page in pages:
        assert "This subscription has ended already." in page.content.decode()
        assert "begins it anew" in page.content.decode()


def test_the_credits_licence_has_the_page_of_the_balance(calling: Subscription, sign_in: SignIn) -> None:
    credit = calling.organization.subscriptions.get(plan__category=Plan.Category.CREDITS)
    client = sign_in(calling.organization)

    assert client.get(url(credit)).headers["Location"] == reverse("credits:overview", args=["contoso"])
    refused = client.post(url(credit, "cancel_subscription"))
    assert refused.status_code == 302
    assert Subscription.objects.get(pk=credit.pk).ends_at is None


def test_a_second_code_of_a_product_has_a_page_too(contoso: Organization, sign_in: SignIn) -> None:
    rows = [Person("cy@contoso.example", "cy", "US", ("MCOMEETADD",))]
    licences.import_people(contoso, rows, since=None, actor=None, now=BEGAN)

    page = sign_in(contoso).get(url(contoso.subscriptions.get(plan__code="MCOMEETADD")))

    assert page.status_code == 200
    assert reverse("subscriptions:order", args=["contoso", "MCOMEETADV"]) in page.content.decode()


def test_what_is_over_stands_last_in_the_list(calling: Subscription, sign_in: SignIn) -> None:
    organization = calling.organization
    for code, state in (("MCOEV", "active"), ("MCOPSTN5", "cancelled")):
        plan = Plan.objects.get(code=code)
        Subscription.objects.create(
            organization=organization, plan=plan, quantity=1, state=state, started_at=BEGAN, ends_at=None
        )

    page = sign_in(organization).get(all_of(organization))

    assert [stock.subscription.plan.code for stock in page.context["stocks"]] == ["MCOPSTN1", "MCOEV", "MCOPSTN5"]
    text = page.content.decode()
    assert "2 assigned, 3 free" in text
    assert "Renews on 20 November 2026" in text


@pytest.mark.parametrize("where", ["subscription", "list"])
def test_the_pages_cost_the_same_however_much_there_is(
    where: str, calling: Subscription, sign_in: SignIn, django_assert_num_queries: Callable[..., object]
) -> None:
    client = sign_in(calling.organization)
    address = url(calling) if where == "subscription" else all_of(calling.organization)
    with CaptureQueriesContext(connection) as few:
        client.get(address)

    codes = " ".join(Plan.objects.exclude(code="MCOPSTN1").values_list("code", flat=True)).split()
    rows = [Person(f"p{number}@contoso.example", "p", "US", tuple(codes)) for number in range(20)]
    licences.import_people(calling.organization, rows, since=None, actor=None, now=BEGAN + timedelta(days=1))

    with django_assert_num_queries(len(few)):  # type: ignore[attr-defined]  # a context manager
        assert len(client.get(address).content) < 60_000


def test_it_speaks_chinese(calling: Subscription, sign_in: SignIn) -> None:
    User.objects.update(language="zh-hant")

    assert "國內通話方案" in sign_in(calling.organization).get(url(calling)).content.decode()
