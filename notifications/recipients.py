"""Who is told what: the members in the roles chosen for a kind, and the addresses beyond them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_noop

from notifications.models import ExtraAddress, Notice, NoticeRoles
from subscriptions.models import Membership, Organization

Kind = Notice.Kind
Role = Membership.Role

_BILLING: Final = frozenset({Role.OWNER, Role.BILLING_ADMIN})
#: Who is told what unless the organization chose otherwise. A role that is not named is not told.
ROLES: Final[Mapping[Kind, frozenset[Role]]] = dict.fromkeys(Kind, _BILLING)
#: What an organization may do without. All other kinds tell of money taken, lost, given back or not arrived, or of who
#: may take it: of these somebody is always told.
OPTIONAL: Final = frozenset({Kind.BALANCE_LOW, Kind.CARD_EXPIRES, Kind.MINUTES_LOW, Kind.MINUTES_USED})


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a copy goes, and in which language."""

    address: str
    language: str


def roles_of(organization: Organization) -> dict[Kind, frozenset[Role]]:
    """For each kind the roles that are told: those chosen, else those of ROLES."""
    chosen = dict(NoticeRoles.objects.filter(organization=organization).values_list("kind", "roles"))
    return {kind: _known(chosen[kind]) if kind in chosen else ROLES[kind] for kind in Kind}


def of(notice: Notice) -> list[Recipient]:
    """Everybody who is to get the notice, each address once; members come first.

    Where that is nobody and the kind is not OPTIONAL, those of ROLES: a role may have lost its last member since it
    was chosen.
    """
    kind, organization = Kind(notice.kind), notice.organization
    found = _reached(organization, kind, roles_of(organization)[kind])
    if not found and kind not in OPTIONAL:
        found = _reached(organization, kind, ROLES[kind])
    return found


def objection(notice: Notice, address: str) -> str:
    """Why this address should not get the notice (any more); empty when it should."""
    if any(recipient.address.lower() == address.lower() for recipient in of(notice)):
        return ""
    members = Membership.objects.filter(organization=notice.organization, user__is_active=True)
    if members.filter(user__email__iexact=address).exists():
        return gettext_noop("no longer in a role that gets this notice")
    return gettext_noop("no longer a member, nor one of the extra addresses for this notice")


def reaches_somebody(organization: Organization, kind: Kind, roles: Iterable[Role]) -> bool:
    """If a notice of the kind would reach anybody when these roles were chosen for it."""
    return bool(_reached(organization, kind, frozenset(roles)))


def _reached(organization: Organization, kind: Kind, roles: frozenset[Role]) -> list[Recipient]:
    members = Membership.objects.filter(organization=organization, role__in=roles, user__is_active=True)
    found = [
        Recipient(member.user.email, member.user.language or organization.language)
        for member in members.select_related("user").order_by("pk")
    ]
    known = {recipient.address.lower() for recipient in found}
    extra = ExtraAddress.objects.filter(organization=organization)
    return found + [
        Recipient(one.address, one.language)
        for one in extra
        if (not one.kinds or kind in one.kinds) and one.address.lower() not in known
    ]


def _known(stored: Iterable[str]) -> frozenset[Role]:
    """The stored roles that there still are."""
    return frozenset(Role(name) for name in stored if name in Role.values)
