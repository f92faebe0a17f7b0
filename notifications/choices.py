"""What an organization chooses about its notices: roles by kind, addresses beyond the members, papers in the mail."""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from notifications import recipients
from notifications.models import ExtraAddress, MailPolicy, NoticeRoles
from notifications.recipients import OPTIONAL, Kind, Role
from subscriptions import activity
from subscriptions.models import Organization, User

#: More addresses than this are a mailing list, and belong into one.
MOST_ADDRESSES: Final = 20


class NobodyLeft(Exception):
    """Nobody would be told of these kinds, about which somebody must be."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds = list(kinds)
        super().__init__(", ".join(self.kinds))


class AlreadyThere(Exception):
    """The organization has that address already."""


class TooMany(Exception):
    """The organization has as many extra addresses as it may have."""


@transaction.atomic
def choose(
    organization: Organization,
    roles: Mapping[Kind, Set[Role]],
    *,
    attach_receipts: bool,
    actor: User,
    now: datetime,
) -> None:
    """Store who is told what and whether receipts are attached: all of it, or nothing.

    Raises NobodyLeft.
    """
    _locked(organization)
    _check(organization, roles)
    before = recipients.roles_of(organization)
    for kind, chosen in roles.items():
        NoticeRoles.objects.update_or_create(
            organization=organization, kind=kind, defaults={"roles": sorted(role.value for role in chosen)}
        )
    MailPolicy.objects.update_or_create(organization=organization, defaults={"attach_receipts": attach_receipts})
    changed = sorted(kind.value for kind, chosen in roles.items() if chosen != before[kind])
    activity.record(
        organization, "notices.chosen", now=now, actor=actor, kinds=changed, attach_receipts=attach_receipts
    )


@transaction.atomic
def add_address(
    organization: Organization, address: str, *, language: str, kinds: Iterable[Kind], actor: User, now: datetime
) -> ExtraAddress:
    """From now on this address is told too: of these kinds, or of everything when none is named.

    Raises AlreadyThere (whatever its case), TooMany.
    """
    _locked(organization)
    if organization.extra_addresses.count() >= MOST_ADDRESSES:
        raise TooMany
    try:
        with transaction.atomic():
            added = ExtraAddress.objects.create(
                organization=organization,
                address=address,
                language=language,
                kinds=sorted(kind.value for kind in kinds),
                added_at=now,
                added_by=actor,
            )
    except IntegrityError as error:
        raise AlreadyThere from error
    activity.record(organization, "address.added", now=now, actor=actor, address=address)
    return added


@transaction.atomic
def remove_address(extra: ExtraAddress, *, actor: User, now: datetime) -> None:
    """It is not told any more. Raises NobodyLeft, and then it stays."""
    organization = extra.organization
    _locked(organization)
    extra.delete()
    _check(organization, recipients.roles_of(organization))
    activity.record(organization, "address.removed", now=now, actor=actor, address=extra.address)


def _locked(organization: Organization) -> None:
    """Two people who each take away one of the last two recipients come one after the other."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def _check(organization: Organization, roles: Mapping[Kind, Set[Role]]) -> None:
    """Raises NobodyLeft where a kind that is not OPTIONAL would reach nobody."""
    lost = [
        kind
        for kind, chosen in roles.items()
        if kind not in OPTIONAL and not recipients.reaches_somebody(organization, kind, chosen)
    ]
    if lost:
        raise NobodyLeft(lost)
