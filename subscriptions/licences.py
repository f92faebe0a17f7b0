"""Who holds which plan: one licence at a time, or a whole file of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Count, Q

from subscriptions import activity, entitlements
from subscriptions.entitlements import Capability
from subscriptions.licence_files import Person
from subscriptions.models import Licence, Organization, Plan, Subscriber, Subscription, User


class LacksPrerequisite(Exception):
    """The subscriber holds none of the licences that this one stands on; `any_of` are what would do."""

    def __init__(self, code: str, any_of: frozenset[Capability]) -> None:
        super().__init__(code)
        self.code, self.any_of = code, any_of


class StillNeeded(Exception):
    """Another licence of the subscriber, named by its code, stands on this one."""


class NotHeld(Exception):
    """The subscriber does not hold the plan on that day."""


@transaction.atomic
def assign(subscriber: Subscriber, plan: Plan, *, on: date, actor: User | None, now: datetime) -> Licence:
    """The licence, from that day on; the one already held if there is one. Raises LacksPrerequisite."""
    held = _held(subscriber)
    if plan.code in held:
        return held[plan.code]
    if any_of := entitlements.lacks(held, plan.code):
        raise LacksPrerequisite(plan.code, any_of)
    licence = subscriber.licences.create(plan=plan, assigned_on=on)
    _subscribe(subscriber.organization, now=now)
    _record(subscriber, "licence.assigned", plan, on, actor=actor, now=now)
    return licence


@transaction.atomic
def remove(subscriber: Subscriber, plan: Plan, *, on: date, actor: User | None, now: datetime) -> Licence:
    """The licence, held until that day and no longer on it. Raises NotHeld or StillNeeded."""
    held = _held(subscriber)
    licence = held.pop(plan.code, None)
    if licence is None or (licence.assigned_on is not None and licence.assigned_on > on):
        raise NotHeld(plan.code)
    for code in held:
        if entitlements.lacks(held, code) and not entitlements.lacks((*held, plan.code), code):
            raise StillNeeded(code)
    licence.removed_on = on
    licence.save(update_fields=["removed_on"])
    _record(subscriber, "licence.removed", plan, on, actor=actor, now=now)
    return licence


def holders(organization: Organization, *, at: datetime) -> dict[str, int]:
    """How many subscribers hold each plan then, by licence code; plans without any are left out."""
    held = Licence.objects.active(at=at).filter(subscriber__organization=organization)
    return dict(held.values_list("plan__code").annotate(Count("subscriber", distinct=True)))


def holdings(organization: Organization, *, at: datetime) -> Counter[frozenset[str]]:
    """How many subscribers hold exactly these licence codes then; who holds none is left out."""
    held = Licence.objects.active(at=at).filter(subscriber__organization=organization)
    people = held.values_list("subscriber").annotate(codes=ArrayAgg("plan__code"))
    return Counter(frozenset(codes) for _, codes in people)


def _held(subscriber: Subscriber) -> dict[str, Licence]:
    """What the subscriber holds, by code; nobody else changes it until the transaction ends."""
    Subscriber.objects.select_for_update(no_key=True).get(pk=subscriber.pk)
    return {
        licence.plan.code: licence for licence in subscriber.licences.filter(removed_on=None).select_related("plan")
    }


def _record(subscriber: Subscriber, action: str, plan: Plan, on: date, *, actor: User | None, now: datetime) -> None:
    facts = {"subscriber": str(subscriber), "plan": plan.code, "on": on.isoformat()}
    activity.record(subscriber.organization, action, now=now, actor=actor, **facts)


@dataclass(frozen=True)
class Imported:
    """What a file changed: how many subscribers are new, have changed, were as the file says."""

    new: int
    changed: int
    unchanged: int


@transaction.atomic
def import_people(
    organization: Organization, people: Sequence[Person], *, since: date | None, actor: User | None, now: datetime
) -> Imported:
    """Make the organization's subscribers and licences include what the file says: all of it or nothing.

    The file tells what is so, hence a licence that lacks what it stands on is taken over too. A licence that is new
    here is held from `since`; without it, since before our records. Nothing is taken away: who is not in the file, and
    what a line does not name, stays as it is. The same file again changes nothing.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    known = {each.upn.lower(): each for each in organization.subscribers.exclude(upn="")}
    fresh = [person for person in people if person.upn not in known]
    moved = _moved(known, people)
    made = Subscriber.objects.bulk_create([_subscriber(organization, person, now=now) for person in fresh])
    Subscriber.objects.bulk_update(moved, ["display_name", "usage_location"], batch_size=500)
    known |= {subscriber.upn: subscriber for subscriber in made}
    added = _add_licences({known[person.upn].pk: person.codes for person in people}, since=since)
    _subscribe(organization, now=now)
    changed = ({each.pk for each in moved} | added) - {each.pk for each in made}
    result = Imported(len(fresh), len(changed), len(people) - len(fresh) - len(changed))
    if result.new or result.changed:
        facts = {"new": result.new, "changed": result.changed}
        activity.record(organization, "licences.imported", now=now, actor=actor, **facts)
    return result


def _subscriber(organization: Organization, person: Person, *, now: datetime) -> Subscriber:
    return Subscriber(
        organization=organization,
        upn=person.upn,
        display_name=person.display_name,
        usage_location=person.usage_location,
        created_at=now,
    )


def _moved(known: Mapping[str, Subscriber], people: Iterable[Person]) -> list[Subscriber]:
    """The known subscribers whose name or location is another in the file, with the file's, not yet saved."""
    moved = []
    for person in people:
        subscriber = known.get(person.upn)
        if subscriber is None or (subscriber.display_name, subscriber.usage_location) == (
            person.display_name,
            person.usage_location,
        ):
            continue
        subscriber.display_name, subscriber.usage_location = person.display_name, person.usage_location
        moved.append(subscriber)
    return moved


def _add_licences(wanted: Mapping[int, Iterable[str]], *, since: date | None) -> set[int]:
    """Add the licences that are missing; the subscribers, by key, who got one."""
    plans = {plan.code: plan.pk for plan in Plan.objects.all()}
    earlier = _last_removals(wanted)
    missing = [
        Licence(subscriber_id=subscriber, plan_id=plans[code], assigned_on=_begins(since, earlier, subscriber, code))
        for subscriber, codes in wanted.items()
        for code in codes
        if earlier.get((subscriber, code), date.min) is not None
    ]
    Licence.objects.bulk_create(missing, batch_size=1000)
    return {licence.subscriber_id for licence in missing}


def _last_removals(subscribers: Iterable[int]) -> dict[tuple[int, str], date | None]:
    """For each subscriber and code ever held: the day it was last removed, nothing if it is still held."""
    licences = Licence.objects.filter(subscriber__in=list(subscribers)).values_list(
        "subscriber_id", "plan__code", "removed_on"
    )
    found: dict[tuple[int, str], date | None] = {}
    for subscriber, code, removed_on in licences.order_by("removed_on"):  # PostgreSQL puts those still held last
        found[subscriber, code] = removed_on
    return found


def _begins(
    since: date | None, earlier: Mapping[tuple[int, str], date | None], subscriber: int, code: str
) -> date | None:
    """A licence that comes back does not begin before it went, or its minutes would count twice."""
    removed_on = earlier.get((subscriber, code))
    return max(filter(None, (since, removed_on)), default=None)


def _subscribe(organization: Organization, *, now: datetime) -> None:
    """Let the subscriptions cover the licences that are held. Credits licences are not limited in number."""
    existing = {each.plan_id: each for each in organization.subscriptions.all()}
    still_held = Q(licences__removed_on=None, licences__subscriber__organization=organization)
    for plan in Plan.objects.filter(still_held).annotate(held=Count("licences", filter=still_held)):
        unlimited = plan.category == Plan.Category.CREDITS
        quantity = None if unlimited else plan.held
        subscription = existing.get(plan.pk)
        if subscription is None:
            Subscription.objects.create(organization=organization, plan=plan, quantity=quantity, started_at=now)
        elif subscription.quantity is not None and quantity is not None and subscription.quantity < quantity:
            subscription.quantity = quantity
            subscription.save(update_fields=["quantity"])
