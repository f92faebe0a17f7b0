"""The people of a whole file, with their licences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from subscriptions import activity
from subscriptions.licence_files import Person
from subscriptions.licences.held import cover, hold_still
from subscriptions.models import Licence, Organization, Plan, Subscriber, User


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
    hold_still(organization)
    known = {each.upn.lower(): each for each in organization.subscribers.exclude(upn="")}
    fresh = [person for person in people if person.upn not in known]
    moved = _moved(known, people)
    made = Subscriber.objects.bulk_create([_subscriber(organization, person, now=now) for person in fresh])
    Subscriber.objects.bulk_update(moved, ["display_name", "usage_location"], batch_size=500)
    known |= {subscriber.upn: subscriber for subscriber in made}
    added = _add_licences({known[person.upn].pk: person.codes for person in people}, since=since)
    cover(organization, now=now)
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
