"""Ordering licences: what is recorded, what is raised, and what is refused."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from subscriptions import licences, orders
from subscriptions.models import Activity, Order, Organization, Plan, PlanPrice, Subscription
from tests.credits.together import at_once, calm
from tests.factories import SubscriberFactory

KEY = UUID("5f0c2d1e-0000-4000-8000-000000000001")


def _plan(code: str = "MCOPSTN1") -> Plan:
    return Plan.objects.get(code=code)


def _place(organization: Organization, now: datetime, **said: Any) -> Order:
    given: dict[str, Any] = {"quantity": 5, "price": Decimal(12), "key": KEY, "actor": None} | said
    plan = given.pop("plan", None) or _plan()
    return orders.place(organization, plan, now=now, **given)


def _subscription(organization: Organization, code: str = "MCOPSTN1") -> Subscription:
    return organization.subscriptions.get(plan__code=code)


def test_an_order_is_recorded_and_its_licences_are_there(contoso: Organization, now: datetime) -> None:
    owner = contoso.memberships.get(role="owner").user

    order = _place(contoso, now, actor=owner)

    assert (order.quantity, order.price, order.currency, order.placed_by_name) == (5, 12, "USD", owner.name)
    subscription = _subscription(contoso)
    assert (subscription.quantity, subscription.state, subscription.started_at) == (5, "active", now)
    told = Activity.objects.get(action="plan.ordered")
    assert told.facts == {"plan": "MCOPSTN1", "name": "Domestic Calling Plan", "quantity": 5}


def test_the_same_key_again_is_the_same_order(contoso: Organization, now: datetime) -> None:
    first = _place(contoso, now)

    assert _place(contoso, now + timedelta(minutes=1)) == first
    assert _place(contoso, now, quantity=9, price=None) == first
    assert _subscription(contoso).quantity == 5
    assert Activity.objects.filter(action="plan.ordered").count() == 1


def test_another_key_is_another_order(contoso: Organization, now: datetime) -> None:
    _place(contoso, now)
    _place(contoso, now, key=uuid4(), quantity=2)

    assert _subscription(contoso).quantity == 7
    assert Order.objects.count() == 2


def test_a_key_is_not_shared_with_others(contoso: Organization, northwind: Organization, now: datetime) -> None:
    _place(contoso, now)

    with pytest.raises(orders.AnotherOrder):
        _place(northwind, now)
    with pytest.raises(orders.AnotherOrder):
        _place(contoso, now, plan=_plan("MCOPSTN2"), price=Decimal(24))
    assert not northwind.subscriptions.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_once_place_one_order(contoso: Organization, now: datetime) -> None:
    placed = calm(at_once([lambda: _place(contoso, now)] * 4))

    assert len(set(placed)) == 1
    assert _subscription(contoso).quantity == 5


@pytest.mark.django_db(transaction=True)
def test_orders_at_once_are_all_counted(contoso: Organization, now: datetime) -> None:
    keys = [uuid4() for _ in range(4)]
    works: list[Callable[[], Order]] = [lambda key=key: _place(contoso, now, key=key) for key in keys]  # type: ignore[misc]

    calm(at_once(works))

    assert _subscription(contoso).quantity == 20


@pytest.mark.django_db(transaction=True)
def test_an_order_and_an_assignment_at_once_make_one_subscription(contoso: Organization, now: datetime) -> None:
    ann = SubscriberFactory.create(organization=contoso)
    plan = _plan()

    calm(
        at_once(
            [
                lambda: _place(contoso, now).quantity,
                lambda: licences.assign(ann, plan, on=date(2026, 11, 2), actor=None, now=now).pk,
            ]
        )
    )

    assert _subscription(contoso).quantity in (5, 6)  # the order first: the licence is one of the five


@pytest.mark.parametrize("quantity", [0, -1, orders.MOST + 1])
def test_an_order_is_for_one_to_a_hundred_thousand(contoso: Organization, now: datetime, quantity: int) -> None:
    with pytest.raises(orders.TooMany):
        _place(contoso, now, quantity=quantity)

    assert not Order.objects.exists()
    assert not contoso.subscriptions.exists()


def test_all_orders_together_have_a_bound(contoso: Organization, now: datetime) -> None:
    Subscription.objects.create(
        organization=contoso, plan=_plan(), quantity=orders.MOST_HELD - orders.MOST, started_at=now
    )
    _place(contoso, now, quantity=orders.MOST)

    with pytest.raises(orders.TooMany):
        _place(contoso, now, quantity=1, key=uuid4())

    assert _subscription(contoso).quantity == orders.MOST_HELD


def test_what_is_not_sold_in_the_country_is_not_ordered(contoso: Organization, now: datetime) -> None:
    Organization.objects.filter(pk=contoso.pk).update(country="TW")
    contoso.refresh_from_db()

    with pytest.raises(orders.NotSold):
        _place(contoso, now)
    assert _place(contoso, now, plan=_plan("MCOEV"), price=Decimal(8)).quantity == 5


def test_credits_are_not_ordered(contoso: Organization, now: datetime) -> None:
    with pytest.raises(orders.BoughtAsFunds):
        _place(contoso, now, plan=_plan("MCOPSTNPP"), price=Decimal(0))


def test_a_price_that_changed_since_the_review_is_not_ordered(contoso: Organization, now: datetime) -> None:
    PlanPrice.objects.create(plan=_plan(), currency="USD", amount=Decimal(13), effective_on=now.date())

    with pytest.raises(orders.PriceChanged):
        _place(contoso, now)

    assert _place(contoso, now, price=Decimal(13)).price == 13


def test_without_a_price_in_the_currency_the_order_has_none(contoso: Organization, now: datetime) -> None:
    PlanPrice.objects.filter(plan=_plan()).update(currency="EUR")

    assert _place(contoso, now, price=None).price is None


def test_an_order_keeps_a_subscription_that_was_to_end(contoso: Organization, now: datetime) -> None:
    ends_at = now + timedelta(days=3)
    Subscription.objects.create(organization=contoso, plan=_plan(), quantity=2, started_at=now, ends_at=ends_at)

    _place(contoso, now)

    subscription = _subscription(contoso)
    assert (subscription.quantity, subscription.ends_at) == (7, None)


def test_a_cancelled_subscription_begins_anew(contoso: Organization, now: datetime) -> None:
    before = now - timedelta(days=90)
    gone = {"quantity": 40, "state": "cancelled", "started_at": before, "ends_at": before}
    Subscription.objects.create(organization=contoso, plan=_plan(), **gone)

    _place(contoso, now)

    subscription = _subscription(contoso)
    assert (subscription.quantity, subscription.state) == (5, "active")
    assert (subscription.started_at, subscription.ends_at) == (now, None)


def test_what_staff_made_unlimited_stays_so(contoso: Organization, now: datetime) -> None:
    Subscription.objects.create(organization=contoso, plan=_plan(), quantity=None, started_at=now)

    _place(contoso, now)

    assert _subscription(contoso).quantity is None


def test_a_licence_is_taken_from_the_free_ones_first(contoso: Organization, now: datetime) -> None:
    _place(contoso, now, quantity=1)

    for _ in range(2):
        person = SubscriberFactory.create(organization=contoso)
        licences.assign(person, _plan(), on=now.date(), actor=None, now=now)

    assert _subscription(contoso).quantity == 2  # the second one was not ordered: the quantity follows
