"""The pages on which licences are ordered: who may, what they say, and what they answer to nonsense."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subscriptions import orders
from subscriptions.models import Membership, Order, Organization, Plan, PlanPrice, Subscription
from subscriptions.views import keyset

SignIn = Callable[..., Client]
Role = Membership.Role

pytestmark = pytest.mark.usefixtures("frozen")


def url(organization: Organization, name: str, *args: object) -> str:
    return reverse(f"subscriptions:{name}", args=[organization.slug, *args])


def place(organization: Organization, now: datetime, quantity: int = 3, code: str = "MCOPSTN1") -> Order:
    plan, key = Plan.objects.get(code=code), uuid4()
    price = orders.price_of(plan, organization.currency, at=now)
    owner = organization.memberships.get(role="owner").user
    return orders.place(organization, plan, quantity=quantity, price=price, key=key, actor=owner, now=now)


@pytest.mark.parametrize("role", list(Role))
def test_only_who_answers_for_bills_may_order(role: str, contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso, role)
    pages = [url(contoso, name, "MCOPSTN1") for name in ("order", "review_order")]

    answers = {client.get(f"{page}?quantity=1").status_code for page in pages}
    answers.add(client.post(url(contoso, "place_order", "MCOPSTN1"), {"key": uuid4(), "quantity": 1}).status_code)

    assert answers == ({200, 302} if role in (Role.OWNER, Role.BILLING_ADMIN) else {403})


@pytest.mark.parametrize("role", list(Role))
def test_every_member_sees_what_was_ordered(role: str, contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    order, client = place(contoso, now), sign_in(contoso, role)

    listed = client.get(url(contoso, "orders")).content.decode()
    shown = client.get(url(contoso, "ordered", order.key)).content.decode()

    assert url(contoso, "ordered", order.key) in listed
    assert "3 licenses of Domestic Calling Plan were ordered" in shown
    assert ("Assign licenses" in shown) == (role in (Role.OWNER, Role.LICENCE_ADMIN))
    assert ("administrator or Owner assigns them" in shown) == (role in (Role.BILLING_ADMIN, Role.READER))


def test_an_order_of_another_organization_is_not_there(
    contoso: Organization, northwind: Organization, sign_in: SignIn, now: datetime
) -> None:
    theirs = place(northwind, now, code="MCOEV")
    client = sign_in(contoso, Role.OWNER)

    assert client.get(url(contoso, "ordered", theirs.key)).status_code == 404
    assert client.get(url(northwind, "ordered", theirs.key)).status_code == 404
    assert client.get(url(northwind, "orders")).status_code == 404
    assert "No orders yet" in client.get(url(contoso, "orders")).content.decode()


def test_from_the_panel_over_the_review_to_the_order(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    review = client.post(url(contoso, "order", "MCOPSTN1"), {"quantity": "25"}, follow=True)
    page = review.content.decode()
    assert "Domestic Calling Plan" in page
    assert "$300.00" in page
    assert "It is not charged here, and not taken from credits." in page

    first = client.post(url(contoso, "place_order", "MCOPSTN1"), review.context["form"].initial)
    again = client.post(url(contoso, "place_order", "MCOPSTN1"), review.context["form"].initial)

    order = Order.objects.get()
    assert first.headers["Location"] == again.headers["Location"] == url(contoso, "ordered", order.key)
    assert (order.quantity, order.price) == (25, Decimal(12))
    assert Subscription.objects.get(organization=contoso).quantity == 25


@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        ("", "This field is required."),
        ("0", "Order at least 1 license."),
        ("-3", "Order at least 1 license."),
        ("100001", "Order at most 100,000 licenses at once."),
        ("9" * 5000, "Enter a whole number"),
        ("1.5", "Enter a whole number"),
        ("1,000", "Enter a whole number"),
        ("NaN", "Enter a whole number"),
        ("1\x00", "Enter a whole number"),
        ("<b>", "Enter a whole number"),
    ],
)
def test_nonsense_is_answered_at_the_field(quantity: str, said: str, contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    posted = client.post(url(contoso, "order", "MCOPSTN1"), {"quantity": quantity})
    asked = client.get(url(contoso, "review_order", "MCOPSTN1"), {"quantity": quantity})

    for answer in (posted, asked):
        assert answer.status_code == 200
        assert said in str(answer.context["form"].errors["quantity"])
    assert "<b>" not in posted.context["form"].as_p()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"key": "x", "quantity": "1"},
        {"key": "5f0c2d1e-0000-4000-8000-000000000001", "quantity": "0"},
        {"key": "5f0c2d1e-0000-4000-8000-000000000001", "quantity": "1", "price": "NaN"},
        {"key": "5f0c2d1e-0000-4000-8000-000000000001", "quantity": "1", "price": "1e400"},
    ],
)
def test_an_order_that_was_tampered_with_is_not_placed(
    said: dict[str, str], contoso: Organization, sign_in: SignIn
) -> None:
    answer = sign_in(contoso).post(url(contoso, "place_order", "MCOPSTN1"), said, follow=True)

    assert "This order could not be placed." in answer.content.decode()
    assert not Order.objects.exists()


def test_a_changed_price_is_reviewed_again(contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    client = sign_in(contoso)
    review = client.get(url(contoso, "review_order", "MCOPSTN1"), {"quantity": 2})
    plan = Plan.objects.get(code="MCOPSTN1")
    PlanPrice.objects.create(plan=plan, currency="USD", amount=Decimal("12.50"), effective_on=now.date())

    again = client.post(url(contoso, "place_order", "MCOPSTN1"), review.context["form"].initial, follow=True)

    page = again.content.decode()
    assert "The price has changed" in page
    assert "$25.00" in page
    assert not Order.objects.exists()


@pytest.mark.parametrize("name", ["order", "review_order"])
def test_what_is_not_sold_there_leads_to_the_plan(name: str, contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).get(url(contoso, name, "MCOPSTN_PAYG_2"), {"quantity": 1}, follow=True)

    assert answer.redirect_chain[-1][0] == url(contoso, "plan", "MCOPSTN_PAYG_2")
    assert "not sold in the country or region" in answer.content.decode()


def test_credits_lead_to_add_funds(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).get(url(contoso, "order", "MCOPSTNPP"))

    assert answer.headers["Location"] == reverse("credits:add_funds", args=["contoso"])


@pytest.mark.parametrize("code", ["NOTHING", "mcopstn1", "'; DROP", "%00"])
def test_an_unknown_plan_is_not_there(code: str, contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    for name in ("plan", "order", "review_order"):
        assert client.get(url(contoso, name, code)).status_code == 404


def test_orders_are_listed_page_by_page(contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    placed = [place(contoso, now, quantity=number + 1) for number in range(keyset.SIZE + 2)]
    client = sign_in(contoso)

    first = client.get(url(contoso, "orders"))
    second = client.get(url(contoso, "orders") + first.context["older_url"])
    back = client.get(url(contoso, "orders") + second.context["newer_url"])

    assert [each.pk for each in first.context["orders"]] == [each.pk for each in placed[:1:-1]]
    assert [each.pk for each in second.context["orders"]] == [placed[1].pk, placed[0].pk]
    assert back.context["orders"] == first.context["orders"]
    assert len(first.content) < 60_000


def test_the_list_of_orders_costs_the_same_however_many_there_are(
    contoso: Organization, sign_in: SignIn, now: datetime, django_assert_num_queries: Callable[..., object]
) -> None:
    client = sign_in(contoso)
    place(contoso, now)
    with CaptureQueriesContext(connection) as few:
        client.get(url(contoso, "orders"))

    for _ in range(20):
        place(contoso, now)

    with django_assert_num_queries(len(few)):  # type: ignore[attr-defined]  # a context manager
        client.get(url(contoso, "orders"))


@pytest.mark.parametrize("where", ["older=abc", "older=1", "newer=999999999999999999", "older=" + "9" * 30])
def test_a_place_that_is_none_in_the_list_breaks_nothing(where: str, contoso: Organization, sign_in: SignIn) -> None:
    assert sign_in(contoso).get(f"{url(contoso, 'orders')}?{where}").status_code == 200
