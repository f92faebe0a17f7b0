"""Who a row's people are: found by object id, then by UPN; strangers become unlicensed subscribers."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from rating import calls
from rating.intake.columns import Call
from subscriptions.models import Organization, Subscriber


class Named(NamedTuple):
    """How a row names a person: by object id or UPN, one of them at least, and what else it says."""

    object_id: UUID | None
    upn: str
    display_name: str
    user_location: str


class Directory:
    """The organization's subscribers, read once; what was met for the first time is written by `store`."""

    def __init__(self, organization: Organization, *, now: datetime) -> None:
        self._organization, self._now = organization, now
        known = list(organization.subscribers.all())
        self._by_object_id = {person.object_id: person for person in known if person.object_id}
        self._by_upn = {person.upn.lower(): person for person in known if person.upn}
        self._strangers: list[Subscriber] = []
        self._learned: list[Subscriber] = []

    def subscriber_of(self, call: Call) -> Subscriber | None:
        """Whom the row names; None when it names nobody. A stranger has no key before `store`."""
        if not calls.belongs_to_subscriber(call.call_type) or not (call.object_id or call.upn):
            return None
        return self.person(Named(call.object_id, call.upn, call.display_name, call.user_location))

    def person(self, call: Named) -> Subscriber:
        """Whom these names mean. A stranger has no key before `store`."""
        person = self._find(call)
        if person is None:
            return self._meet(call)
        if person.object_id is None and call.object_id:
            person.object_id = call.object_id
            self._by_object_id[call.object_id] = person
            if person.pk:
                self._learned.append(person)
        return person

    def _find(self, call: Named) -> Subscriber | None:
        by_object_id = self._by_object_id.get(call.object_id) if call.object_id else None
        return by_object_id or self._by_upn.get(call.upn.lower())

    def _meet(self, call: Named) -> Subscriber:
        person = Subscriber(
            organization=self._organization,
            object_id=call.object_id,
            upn=call.upn.lower(),
            display_name=call.display_name,
            usage_location=call.user_location,
            created_at=self._now,
        )
        if call.object_id:
            self._by_object_id[call.object_id] = person
        if call.upn:
            self._by_upn[call.upn.lower()] = person
        self._strangers.append(person)
        return person

    def store(self) -> None:
        """Write the strangers met and the object ids learned since the last time: two statements at most."""
        Subscriber.objects.bulk_create(self._strangers)
        Subscriber.objects.bulk_update(self._learned, ["object_id"], batch_size=1000)
        self._strangers, self._learned = [], []
