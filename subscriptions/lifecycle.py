"""How an organization and its people begin: staff invite the first owner, owners invite everybody else."""

from datetime import datetime, timedelta
from typing import Final, TypedDict, Unpack

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from subscriptions import activity
from subscriptions.models import Invitation, Membership, Organization, User

#: How long a mailed link can be followed.
INVITATION_LASTS: Final = timedelta(days=7)


class NotInvited(Exception):
    """An invitation cannot be made or followed. `said` tells the person why."""

    said = _("This invitation cannot be used.")


class AlreadyMember(NotInvited):
    """The address belongs to a member of the organization."""

    said = _("This person is already a member.")


class StaffApart(NotInvited):
    """The address belongs to staff of the operator, who are never members (decision: roles)."""

    said = _("Staff of the operator cannot be members.")


class InvitationUsed(NotInvited):
    """Somebody has followed the link before."""

    said = _("This invitation has been used already. Sign in with your e-mail address instead.")


class InvitationExpired(NotInvited):
    """The link is older than it may be."""

    said = _("This invitation has expired. Ask an owner of the organization to invite you again.")


class PersonExists(NotInvited):
    """The invited address already signs in here: they join as who they are, and no password changes."""

    said = _("You already have an account. Sign in to join the organization.")


class NotTheirs(NotInvited):
    """The link was mailed to somebody else than the person who is signed in."""

    said = _("This invitation is for another e-mail address.")


class Traits(TypedDict):
    """What an organization is made of."""

    name: str
    slug: str
    country: str
    currency: str
    time_zone: str
    language: str


@transaction.atomic
def create_organization(
    *, owner_email: str, actor: User | None, now: datetime, **traits: Unpack[Traits]
) -> Organization:
    """The organization and the invitation of its first owner, or neither.

    Raises ValidationError by field (a slug that is taken, an unknown zone) and NotInvited.
    """
    organization = Organization(created_at=now, **traits)
    organization.full_clean()
    organization.save()
    activity.record(organization, "organization.created", now=now, actor=actor, name=organization.name)
    invite(organization, owner_email, Membership.Role.OWNER, actor=actor, now=now)
    return organization


@transaction.atomic
def invite(
    organization: Organization, email: str, role: Membership.Role, *, actor: User | None, now: datetime
) -> Invitation:
    """An invitation whose mail is due at once. An older one to that address that is still unused gives way to it.

    Raises ValidationError for what is no address, AlreadyMember or StaffApart.
    """
    email = email.strip().lower()
    # Two invitations of the same address at the same time wait for each other.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    check_may_be_invited(organization, email)
    organization.invitations.filter(email__iexact=email, accepted_at=None).delete()
    invitation = Invitation(organization=organization, email=email, role=role, invited_by=actor, created_at=now)
    invitation.due_at, invitation.expires_at = now, now + INVITATION_LASTS
    invitation.clean_fields()
    invitation.save()
    activity.record(organization, "invitation.created", now=now, actor=actor, email=email, role=str(role))
    return invitation


def check_may_be_invited(organization: Organization | None, email: str) -> None:
    """Raise AlreadyMember or StaffApart if the address cannot be invited there."""
    person = User.objects.filter(email__iexact=email).first()
    if person is not None and person.is_staff:
        raise StaffApart(email)
    if person is not None and person.memberships.filter(organization=organization).exists():
        raise AlreadyMember(email)


@transaction.atomic
def accept(invitation: Invitation, *, name: str, password: str, now: datetime) -> User:
    """A new person with the invited address and role, or nothing at all.

    Raises InvitationUsed, InvitationExpired, or PersonExists when the address signs in here already (then: `join`).
    """
    _use(invitation, now=now)
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise PersonExists(invitation.email)
    person = User.objects.create_user(invitation.email, password, name=name)
    # Only who reads that mailbox has the link, so the address needs no second proof.
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    _admit(person, invitation, now=now)
    return person


@transaction.atomic
def join(invitation: Invitation, person: User, *, now: datetime) -> Membership:
    """Make the person, who signed in with the invited address, a member; whoever is one already keeps their role.

    Raises InvitationUsed, InvitationExpired, NotTheirs or StaffApart.
    """
    _use(invitation, now=now)
    if person.email.lower() != invitation.email.lower():
        raise NotTheirs(person.email)
    if person.is_staff:
        raise StaffApart(person.email)
    return _admit(person, invitation, now=now)


def check_open(invitation: Invitation, *, now: datetime) -> None:
    """Raise InvitationUsed or InvitationExpired if the link leads nowhere any more."""
    if invitation.accepted_at is not None:
        raise InvitationUsed(invitation.email)
    if invitation.expires_at <= now:
        raise InvitationExpired(invitation.email)


def _use(invitation: Invitation, *, now: datetime) -> None:
    """Take the invitation, once: of two who follow the link at the same time one is told that it has been used."""
    check_open(invitation, now=now)
    taken = Invitation.objects.open(at=now).filter(pk=invitation.pk).update(accepted_at=now)
    if not taken:
        raise InvitationUsed(invitation.email)


def _admit(person: User, invitation: Invitation, *, now: datetime) -> Membership:
    member, new = Membership.objects.get_or_create(
        organization=invitation.organization, user=person, defaults={"role": invitation.role, "created_at": now}
    )
    if new:
        activity.record(invitation.organization, "member.joined", now=now, actor=person, role=invitation.role)
    return member
