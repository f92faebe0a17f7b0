"""What is held, what stands in the way of a change, and what every change does alike."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q

from subscriptions import entitlements
from subscriptions.entitlements import Capability
from subscriptions.models import Licence, Organization, Plan, Subscription


class LacksPrerequisite(Exception):
    """The subscriber holds none of the licences that this one stands on; `any_of` are what would do."""

    def __init__(self, code: str, any_of: frozenset[Capability]) -> None:
        super().__init__(code)
        self.code, self.any_of = code, any_of


class StillNeeded(Exception):
    """Another licence of the subscriber, named by its code, stands on this one."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotSoldHere(Exception):
    """A licence would have to be bought, of a plan that is not sold in the organization's country."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotHeld(Exception):
    """The subscriber does not hold the plan on that day."""


def holders(organization: Organization, *, at: datetime) -> dict[str, int]:
    """How many subscribers hold each plan then, by licence code; plans without any are left out."""
    held = Licence.objects.active(at=at).filter(subscriber__organization=organization)
    return dict(held.values_list("plan__code").annotate(Count("subscriber", distinct=True)))


def holdings(organization: Organization, *, at: datetime) -> Counter[frozenset[str]]:
    """How many subscribers hold exactly these licence codes then; who holds none is left out."""
    held = Licence.objects.active(at=at).filter(subscriber__organization=organization)
    people = held.values_list("subscriber").annotate(codes=ArrayAgg("plan__code"))
    return Counter(frozenset(codes) for _, codes in people)


def check(before: Collection[str], after: Collection[str]) -> None:
    """Raise what forbids that somebody who holds the licences `before` holds those `after`.

    LacksPrerequisite for a new one that stands on nothing; StillNeeded for one that stays and would lose what it stands
    on. What lacked something before, since a file said so, may go on lacking it.
    """
    for code in sorted(after):
        if not (any_of := entitlements.lacks(after, code)):
            continue
        if code not in before:
            raise LacksPrerequisite(code, any_of)
        if not entitlements.lacks(before, code):
            raise StillNeeded(code)


def check_sold(organization: Organization, plan: Plan, *, wanted: int) -> None:
    """Raise NotSoldHere if so many new holders of the plan need more licences than are free, and none is sold."""
    if plan.is_sold_in(organization.country):
        return
    owned = organization.subscriptions.exclude(state=Subscription.State.CANCELLED).filter(plan=plan).first()
    if owned is not None and owned.quantity is None:
        return
    held = Licence.objects.filter(subscriber__organization=organization, plan=plan, removed_on=None).count()
    free = ((owned.quantity or 0) if owned else 0) - held
    if wanted > max(free, 0):
        raise NotSoldHere(plan.code)


def hold_still(organization: Organization) -> None:
    """Nobody else changes licences of the organization until the transaction ends.

    Its subscriptions are locked before any licence, as where they end.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    list(organization.subscriptions.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def cover(organization: Organization, *, now: datetime) -> None:
    """Let the subscriptions cover the licences that are held; one that was cancelled begins anew.

    Credits licences are not limited in number.
    """
    # Locked: a subscription whose time has come ends before this or after it, never in between.
    locked = organization.subscriptions.select_for_update(no_key=True).order_by("pk")
    existing = {each.plan_id: each for each in locked}
    still_held = Q(licences__removed_on=None, licences__subscriber__organization=organization)
    for plan in Plan.objects.filter(still_held).annotate(held=Count("licences", filter=still_held)):
        unlimited = plan.category == Plan.Category.CREDITS
        quantity = None if unlimited else plan.held
        subscription = existing.get(plan.pk)
        if subscription is None:
            begun = {"quantity": quantity, "started_at": now}
            Subscription.objects.get_or_create(organization=organization, plan=plan, defaults=begun)
        elif subscription.state == Subscription.State.CANCELLED:
            anew = {"state": Subscription.State.ACTIVE, "quantity": quantity, "started_at": now, "ends_at": None}
            Subscription.objects.filter(pk=subscription.pk).update(**anew)
        elif subscription.quantity is not None and quantity is not None and subscription.quantity < quantity:
            subscription.quantity = quantity
            subscription.save(update_fields=["quantity"])
