"""Ordering licences. The order is recorded and the licences are there at once; the fee is billed through the
organization's agreement and never charged here (decision: licence fees)."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from subscriptions import activity
from subscriptions.models import Order, Organization, Plan, PlanPrice, Subscription, User

#: Licences in one order.
MOST: Final = 100_000
#: Licences of one plan that an organization may have by orders.
MOST_HELD: Final = 1_000_000


class NotOrdered(Exception):
    """Nothing was ordered. `said` tells the person why."""

    said = _("This order could not be placed. Please check it and start again.")


class NotSold(NotOrdered):
    """The plan is not sold in the organization's country."""

    said = _("This plan is not sold in the country or region of your organization.")


class BoughtAsFunds(NotOrdered):
    """Communications Credits are not ordered by the licence: funds are added."""

    said = _("Communications Credits are not ordered. Add funds instead; the license is free.")


class TooMany(NotOrdered):
    """More licences than one order, or all orders together, may be for."""

    said = _("An organization can have at most 1,000,000 licenses of one plan.")


class PriceChanged(NotOrdered):
    """The price in force is another than the one that was reviewed."""

    said = _("The price has changed since you reviewed the order. Nothing was ordered; please look at it again.")


class AnotherOrder(NotOrdered):
    """The key belongs to an order of something else, or of somebody else."""


def price_of(plan: Plan, currency: str, *, at: datetime) -> Decimal | None:
    """The sample price a licence and month in that currency; nothing where the catalogue has none."""
    found = PlanPrice.objects.in_force(on=at.date()).filter(plan=plan, currency=currency).first()
    return found.amount if found else None


def check_sold(organization: Organization, plan: Plan) -> None:
    """Raise BoughtAsFunds or NotSold if the organization cannot order the plan at all."""
    if plan.category == Plan.Category.CREDITS:
        raise BoughtAsFunds(plan.code)
    if not plan.is_sold_in(organization.country):
        raise NotSold(plan.code)


@transaction.atomic
def place(
    organization: Organization,
    plan: Plan,
    *,
    quantity: int,
    price: Decimal | None,
    key: UUID,
    actor: User | None,
    now: datetime,
) -> Order:
    """The order that has this key, with so many licences more in the subscription: both or neither.

    The same key again is the same order, whatever else is asked for. `price` is the one that was reviewed.
    A subscription that was to end stays; one that was cancelled begins anew.
    Raises NotSold, BoughtAsFunds, TooMany, PriceChanged or AnotherOrder.
    """
    # Two presses of one button wait for each other here.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if (placed := Order.objects.filter(key=key).first()) is not None:
        return _the_same(placed, organization, plan)
    check_sold(organization, plan)
    if price != price_of(plan, organization.currency, at=now):
        raise PriceChanged(plan.code)
    _raise_quantity(organization, plan, quantity, now=now)
    facts = {"plan": plan.code, "name": plan.name, "quantity": quantity}
    activity.record(organization, "plan.ordered", now=now, actor=actor, **facts)
    return Order.objects.create(
        organization=organization,
        plan=plan,
        key=key,
        quantity=quantity,
        price=price,
        currency=organization.currency,
        placed_at=now,
        placed_by=actor,
        placed_by_name=actor.get_full_name() if actor else "",
    )


def _the_same(placed: Order, organization: Organization, plan: Plan) -> Order:
    if (placed.organization_id, placed.plan_id) != (organization.pk, plan.pk):
        raise AnotherOrder(str(placed.key))
    return placed


def _raise_quantity(organization: Organization, plan: Plan, quantity: int, *, now: datetime) -> None:
    begun = {"quantity": 0, "started_at": now}
    locked = Subscription.objects.select_for_update(no_key=True)
    subscription, _new = locked.get_or_create(organization=organization, plan=plan, defaults=begun)
    if subscription.state == Subscription.State.CANCELLED:
        subscription.state, subscription.quantity, subscription.started_at = Subscription.State.ACTIVE, 0, now
    if not 0 < quantity <= MOST or (subscription.quantity or 0) + quantity > MOST_HELD:
        raise TooMany(plan.code)
    if subscription.quantity is not None:  # staff may have made it unlimited
        subscription.quantity += quantity
    subscription.ends_at = None
    subscription.save(update_fields=["state", "quantity", "started_at", "ends_at"])
