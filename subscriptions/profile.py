"""What an organization is called, in which time zone its days begin and end, and which language it is written to in."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from subscriptions import activity
from subscriptions.models import Organization, User


@dataclass(frozen=True, slots=True)
class Profile:
    """Name, IANA name of the time zone, code of the language of notices to those who have chosen none."""

    name: str
    time_zone: str
    language: str


def profile_of(organization: Organization) -> Profile:
    """The profile as it is now."""
    return Profile(organization.name, organization.time_zone, organization.language)


@transaction.atomic
def change(organization: Organization, profile: Profile, *, actor: User, now: datetime) -> bool:
    """Store the profile. False: nothing was different. Raises ValidationError by field.

    All or nothing of the profile and of the lines in the activity record. Instants that are stored, such as when a lot
    expires, stay: the ledger check reads from the activity record in which zone a lot was bought.
    """
    stored = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    before, after = asdict(profile_of(stored)), asdict(profile)
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return False
    for name in changed:
        setattr(stored, name, after[name])
    stored.clean_fields(exclude={field.name for field in Organization._meta.fields} - set(changed))
    stored.save(update_fields=changed)
    facts = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
    activity.record(stored, "organization.changed", now=now, actor=actor, **facts)
    if "time_zone" in changed:
        zones = {"before": before["time_zone"], "after": after["time_zone"]}
        activity.record(stored, "organization.zone_changed", now=now, actor=actor, **zones)
    return True
