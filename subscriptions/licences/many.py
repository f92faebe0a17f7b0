"""One plan for many people at once: what that would come to, and the doing of it.

The number of statements is the same for one person and for ten thousand.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from subscriptions import activity, entitlements
from subscriptions.licences.held import LacksPrerequisite, NotHeld, StillNeeded, check, check_sold, cover, hold_still
from subscriptions.models import Licence, Organization, Plan, Subscriber, User

#: So many people can be changed at once.
MOST: Final = 10_000
#: So many of them are named in the activity record.
_NAMED: Final = 50


class TooMany(Exception):
    """More than MOST people are meant."""


@dataclass(frozen=True)
class Refusal:
    """Somebody who stays as they are, and why."""

    subscriber: Subscriber
    error: LacksPrerequisite | StillNeeded | NotHeld


@dataclass(frozen=True)
class Outlook:
    """What a change comes to: who is changed, how many are already as asked for, and who cannot be changed."""

    able: tuple[Subscriber, ...]
    same: int
    refused: tuple[Refusal, ...]


class _Held:
    """The licences that some people hold, read in one statement; `after` says what they would hold."""

    def __init__(self, people: list[Subscriber], plan: Plan) -> None:
        self.names = entitlements.names_of(plan.code)
        self.by_person: dict[int, dict[str, Licence]] = defaultdict(dict)
        held = Licence.objects.filter(subscriber__in=[each.pk for each in people], removed_on=None)
        for licence in held.select_related("plan"):
            self.by_person[licence.subscriber_id][licence.plan.code] = licence

    def named(self, person: Subscriber) -> list[Licence]:
        """What the person holds under one of the plan's codes."""
        return [licence for code, licence in self.by_person[person.pk].items() if code in self.names]


def outlook_of_assigning(people: QuerySet[Subscriber], plan: Plan) -> Outlook:
    """Who would get the plan. Raises TooMany."""
    return _assigning(_read(people), plan)[0]


def outlook_of_removing(people: QuerySet[Subscriber], plan: Plan, *, on: date) -> Outlook:
    """From whom the plan would be taken on that day. Raises TooMany."""
    return _removing(_read(people), plan, on=on)[0]


@transaction.atomic
def assign_many(
    organization: Organization,
    people: QuerySet[Subscriber],
    plan: Plan,
    *,
    on: date,
    actor: User | None,
    now: datetime,
) -> Outlook:
    """Assign the plan, from that day on, to all of the organization's people who can have it, or to none of them.

    Done again it changes nothing. Raises TooMany or NotSoldHere.
    """
    hold_still(organization)
    found, _ = _assigning(_read(people.filter(organization=organization)), plan)
    if found.able:
        check_sold(organization, plan, wanted=len(found.able))
        Licence.objects.bulk_create([Licence(subscriber=each, plan=plan, assigned_on=on) for each in found.able])
        cover(organization, now=now)
        _record(organization, "licences.assigned", found, plan, on, actor=actor, now=now)
    return found


@transaction.atomic
def remove_many(
    organization: Organization,
    people: QuerySet[Subscriber],
    plan: Plan,
    *,
    on: date,
    actor: User | None,
    now: datetime,
) -> Outlook:
    """Take the plan, from that day on, from all of the organization's people who can do without it, or from none.

    Done again it changes nothing. Raises TooMany.
    """
    hold_still(organization)
    found, held = _removing(_read(people.filter(organization=organization)), plan, on=on)
    if found.able:
        gone = [licence.pk for each in found.able for licence in held.named(each)]
        Licence.objects.filter(pk__in=gone).update(removed_on=on)
        _record(organization, "licences.removed", found, plan, on, actor=actor, now=now)
    return found


def _read(people: QuerySet[Subscriber]) -> list[Subscriber]:
    found = list(people.order_by("display_name", "pk")[: MOST + 1])
    if len(found) > MOST:
        raise TooMany
    return found


def _assigning(people: list[Subscriber], plan: Plan) -> tuple[Outlook, _Held]:
    held = _Held(people, plan)

    def objection(person: Subscriber) -> None:
        check(held.by_person[person.pk], {*held.by_person[person.pk], plan.code})

    return _outlook([each for each in people if not held.named(each)], people, objection), held


def _removing(people: list[Subscriber], plan: Plan, *, on: date) -> tuple[Outlook, _Held]:
    held = _Held(people, plan)

    def objection(person: Subscriber) -> None:
        if any(each.assigned_on is not None and each.assigned_on > on for each in held.named(person)):
            raise NotHeld(plan.code)
        check(held.by_person[person.pk], held.by_person[person.pk].keys() - held.names)

    return _outlook([each for each in people if held.named(each)], people, objection), held


def _outlook(meant: list[Subscriber], people: list[Subscriber], objection: Callable[[Subscriber], None]) -> Outlook:
    """`meant` are those of the people who are not yet as asked for."""
    able, refused = [], []
    for person in meant:
        try:
            objection(person)
        except (LacksPrerequisite, StillNeeded, NotHeld) as error:
            refused.append(Refusal(person, error))
        else:
            able.append(person)
    return Outlook(tuple(able), len(people) - len(meant), tuple(refused))


def _record(
    organization: Organization,
    action: str,
    done: Outlook,
    plan: Plan,
    on: date,
    *,
    actor: User | None,
    now: datetime,
) -> None:
    names = [str(each) for each in done.able[:_NAMED]]
    facts = {"plan": plan.code, "people": len(done.able), "names": names, "on": on.isoformat()}
    activity.record(organization, action, now=now, actor=actor, **facts)
