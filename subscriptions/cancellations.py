"""Cancelling a subscription: it goes on to the end of its month, and then its licences are taken back.

Months are counted from the day the subscription began (periods.month_end).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import DateField, F, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from subscriptions import activity, entitlements, licences, periods
from subscriptions.models import Licence, Plan, Subscription, User

#: Subscriptions that one round of the sweep ends.
ROUND: Final = 200


class NotCancelled(Exception):
    """The subscription cannot be cancelled or kept. `said` tells the person why."""

    said = _("This subscription has ended already.")


class ComesWithCredits(NotCancelled):
    """The free licence of Communications Credits is there as long as the balance."""

    said = _("Communications Credits are not cancelled. Turn off auto-recharge and use up the balance.")


@dataclass(frozen=True)
class Loss:
    """Who loses what when a subscription ends: how many people its licence, and of how many other licences, by code,
    the ground is gone."""

    people: int
    stranded: Mapping[str, int]


def loss(subscription: Subscription, *, at: datetime) -> Loss:
    """What would be lost if the subscription ended then."""
    code, people, stranded = subscription.plan.code, 0, Counter[str]()
    for held, count in licences.holdings(subscription.organization, at=at).items():
        if code not in held:
            continue
        people += count
        left = held - {code}
        for other in left:
            if entitlements.lacks(left, other) and not entitlements.lacks(held, other):
                stranded[other] += count
    return Loss(people, stranded)


def check(subscription: Subscription, *, now: datetime) -> datetime:
    """The instant at which it ends, or would end if it were cancelled now.

    Raises NotCancelled when it has ended, ComesWithCredits.
    """
    if subscription.plan.category == Plan.Category.CREDITS:
        raise ComesWithCredits(subscription.pk)
    if subscription.state == Subscription.State.CANCELLED:
        raise NotCancelled(subscription.pk)
    return subscription.ends_at or periods.month_end(subscription.started_at, now, subscription.organization.zone)


@transaction.atomic
def cancel(subscription: Subscription, *, actor: User | None, now: datetime) -> datetime:
    """Let it end with its month; the instant at which it does. Cancelled again, nothing changes.

    Raises what `check` raises.
    """
    stored = _locked(subscription)
    ends_at = check(stored, now=now)
    if stored.ends_at is None:
        stored.ends_at = ends_at
        stored.save(update_fields=["ends_at"])
        last = periods.last_day(ends_at, stored.organization.zone)
        facts = {"plan": stored.plan.code, "name": stored.plan.name, "on": last.isoformat()}
        activity.record(stored.organization, "subscription.cancelled", now=now, actor=actor, **facts)
    return ends_at


@transaction.atomic
def keep(subscription: Subscription, *, actor: User | None, now: datetime) -> None:
    """Take the cancellation back, before the end. Kept again, nothing changes. Raises NotCancelled when it is over."""
    stored = _locked(subscription)
    if stored.ends_at is None and stored.state == Subscription.State.ACTIVE:
        return
    if stored.ends_at is None or stored.ends_at <= now or stored.state == Subscription.State.CANCELLED:
        raise NotCancelled(stored.pk)
    stored.ends_at = None
    stored.save(update_fields=["ends_at"])
    facts = {"plan": stored.plan.code, "name": stored.plan.name}
    activity.record(stored.organization, "subscription.kept", now=now, actor=actor, **facts)


def end_due(*, now: datetime) -> int:
    """End the subscriptions whose time has come, each by itself; how many there were."""
    due = Subscription.objects.filter(state=Subscription.State.ACTIVE, ends_at__lte=now)
    return sum(_end(pk, now=now) for pk in due.order_by("ends_at", "pk").values_list("pk", flat=True)[:ROUND])


@transaction.atomic
def _end(pk: int, *, now: datetime) -> bool:
    """The subscription cancelled and its licences taken back, all or nothing; once, whoever else tries."""
    locked = Subscription.objects.select_for_update(no_key=True, of=("self",)).select_related("organization", "plan")
    due = locked.filter(pk=pk, state=Subscription.State.ACTIVE, ends_at__lte=now).first()
    if due is None:
        return False
    day = _first_day_after(due.ends_at or now)
    # A licence that was to begin later still begins, and ends, on that day.
    ends = Greatest(F("assigned_on"), Value(day), output_field=DateField())
    taken = _held(due, day).update(removed_on=ends)
    Subscription.objects.filter(pk=pk).update(state=Subscription.State.CANCELLED)
    plan = due.plan
    activity.record(due.organization, "subscription.ended", now=now, plan=plan.code, name=plan.name, licences=taken)
    return True


def _first_day_after(end: datetime) -> date:
    """Licences are counted by the UTC day: one that the subscription still touches counts whole."""
    last = (end - timedelta(microseconds=1)).astimezone(UTC).date()
    return last + timedelta(days=1)


def _held(subscription: Subscription, day: date) -> QuerySet[Licence]:
    still = Q(removed_on=None) | Q(removed_on__gt=day)
    return Licence.objects.filter(still, plan=subscription.plan, subscriber__organization=subscription.organization)


def _locked(subscription: Subscription) -> Subscription:
    """The stored row, that nobody else changes until the transaction ends."""
    locked = Subscription.objects.select_for_update(no_key=True, of=("self",)).select_related("organization", "plan")
    return locked.get(pk=subscription.pk)
