"""The licences of one person: assigned, taken away, or both at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from subscriptions import activity, entitlements
from subscriptions.licences.held import NotHeld, check, check_sold, cover, hold_still
from subscriptions.models import Licence, Plan, Subscriber, User


@dataclass(frozen=True)
class Changed:
    """The plans that somebody got, and those that were taken away."""

    assigned: tuple[Plan, ...]
    removed: tuple[Plan, ...]


@transaction.atomic
def assign(subscriber: Subscriber, plan: Plan, *, on: date, actor: User | None, now: datetime) -> Licence:
    """The licence, from that day on; the one already held if there is one.

    Raises LacksPrerequisite or NotSoldHere.
    """
    held = _held(subscriber)
    if plan.code in held:
        return held[plan.code]
    check(held, {*held, plan.code})
    check_sold(subscriber.organization, plan, wanted=1)
    licence = subscriber.licences.create(plan=plan, assigned_on=on)
    cover(subscriber.organization, now=now)
    _record(subscriber, "licence.assigned", plan, on, actor=actor, now=now)
    return licence


@transaction.atomic
def remove(subscriber: Subscriber, plan: Plan, *, on: date, actor: User | None, now: datetime) -> Licence:
    """The licence, held until that day and no longer on it. Raises NotHeld or StillNeeded."""
    held = _held(subscriber)
    licence = held.get(plan.code)
    if licence is None or _begins_after(licence, on):
        raise NotHeld(plan.code)
    check(held, held.keys() - {plan.code})
    licence.removed_on = on
    licence.save(update_fields=["removed_on"])
    _record(subscriber, "licence.removed", plan, on, actor=actor, now=now)
    return licence


@transaction.atomic
def change(
    subscriber: Subscriber,
    *,
    add: Iterable[Plan],
    take: Iterable[Plan],
    on: date,
    actor: User | None,
    now: datetime,
) -> Changed:
    """Assign some plans and take others away, from that day on: all of it or nothing.

    What is held already, or is not held, stays as it is; a plan that goes by several codes is held under any of them.
    One may stand on another that comes with it. Raises LacksPrerequisite, StillNeeded, NotSoldHere, or NotHeld for
    one that begins later.
    """
    held = _held(subscriber)
    gone = {code for plan in take for code in entitlements.names_of(plan.code) if code in held}
    new = [plan for plan in add if not entitlements.names_of(plan.code) & held.keys()]
    check(held, {*held.keys() - gone, *(plan.code for plan in new)})
    for code in sorted(gone):
        if _begins_after(held[code], on):
            raise NotHeld(code)
        held[code].removed_on = on
        held[code].save(update_fields=["removed_on"])
        _record(subscriber, "licence.removed", held[code].plan, on, actor=actor, now=now)
    for plan in new:
        check_sold(subscriber.organization, plan, wanted=1)
        subscriber.licences.create(plan=plan, assigned_on=on)
        _record(subscriber, "licence.assigned", plan, on, actor=actor, now=now)
    if new:
        cover(subscriber.organization, now=now)
    return Changed(tuple(new), tuple(held[code].plan for code in sorted(gone)))


def _held(subscriber: Subscriber) -> dict[str, Licence]:
    """What the subscriber holds, by code; nobody else changes it until the transaction ends."""
    hold_still(subscriber.organization)
    return {
        licence.plan.code: licence for licence in subscriber.licences.filter(removed_on=None).select_related("plan")
    }


def _begins_after(licence: Licence, on: date) -> bool:
    return licence.assigned_on is not None and licence.assigned_on > on


def _record(subscriber: Subscriber, action: str, plan: Plan, on: date, *, actor: User | None, now: datetime) -> None:
    facts = {"subscriber": str(subscriber), "plan": plan.code, "on": on.isoformat()}
    activity.record(subscriber.organization, action, now=now, actor=actor, **facts)
