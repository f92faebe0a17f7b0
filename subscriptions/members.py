"""Who signs in for an organization: their roles, and how they stop being members. There is always an owner left."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from subscriptions import activity, permissions
from subscriptions.models import Invitation, Membership, Organization, User
from subscriptions.permissions import Action

Role = Membership.Role


class NotChanged(Exception):
    """Nothing was changed. `said` tells the person why."""

    said = _("Nothing was changed.")


class LastOwner(NotChanged):
    """Without this one the organization would have no owner, and nobody could invite another."""

    said = _("This is the only owner. Make somebody else an owner first.")


class NoLongerAllowed(NotChanged):
    """Whoever asked has lost the right to while they were asking."""

    said = _("Your own role was changed meanwhile: you can no longer do this. Nothing was changed.")


class NoLongerMember(NotChanged):
    """The person has stopped being a member meanwhile."""

    said = _("This person is no longer a member. Nothing was changed.")


class NoLongerOpen(NotChanged):
    """The invitation was used or withdrawn meanwhile."""

    said = _("This invitation was used or withdrawn meanwhile. Nothing was changed.")


@transaction.atomic
def change_role(member: Membership, role: Role, *, actor: User, now: datetime) -> bool:
    """Give the member another role. False: they have it already.

    Raises LastOwner, NoLongerAllowed or NoLongerMember.
    """
    stored = _held_still(member, actor)
    if stored.role == role:
        return False
    _check_owner_is_left(stored, leaving=role != Role.OWNER)
    Membership.objects.filter(pk=stored.pk).update(role=role)
    facts = {"person": stored.user.get_full_name(), "was": stored.role, "role": str(role)}
    activity.record(stored.organization, "member.role_changed", now=now, actor=actor, **facts)
    return True


@transaction.atomic
def remove(member: Membership, *, actor: User, now: datetime) -> None:
    """End the membership: from the next request on, nothing of the organization is there for the person.

    Raises LastOwner, NoLongerAllowed or NoLongerMember.
    """
    stored = _held_still(member, actor)
    _check_owner_is_left(stored, leaving=True)
    stored.delete()
    facts = {"person": stored.user.get_full_name(), "email": stored.user.email, "role": stored.role}
    activity.record(stored.organization, "member.removed", now=now, actor=actor, **facts)


@transaction.atomic
def withdraw(invitation: Invitation, *, actor: User, now: datetime) -> None:
    """Make the mailed link useless. Raises NoLongerOpen or NoLongerAllowed."""
    organization = _lock(invitation.organization_id)
    _check_actor(organization, actor, Action.INVITE)
    deleted, _kinds = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()
    if not deleted:
        raise NoLongerOpen(invitation.pk)
    activity.record(organization, "invitation.withdrawn", now=now, actor=actor, email=invitation.email)


def is_last_owner(member: Membership) -> bool:
    """If the organization has no other owner; for showing only, since it may change before anything is done."""
    return member.role == Role.OWNER and not _others(member).exists()


def _held_still(member: Membership, actor: User) -> Membership:
    """The membership as it is stored, and no role of the organization changes until the transaction ends."""
    organization = _lock(member.organization_id)
    _check_actor(organization, actor, Action.MANAGE_MEMBERS)
    stored = Membership.objects.select_related("organization", "user").filter(pk=member.pk).first()
    if stored is None:
        raise NoLongerMember(member.pk)
    return stored


def _lock(organization_id: int) -> Organization:
    return Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def _check_actor(organization: Organization, actor: User, action: Action) -> None:
    """Of two owners who remove each other at the same moment, the second is no member any more."""
    own = Membership.objects.filter(organization=organization, user=actor).first()
    if own is None or not permissions.may(own, action):
        raise NoLongerAllowed(actor.pk)


def _check_owner_is_left(member: Membership, *, leaving: bool) -> None:
    if leaving and member.role == Role.OWNER and not _others(member).exists():
        raise LastOwner(member.pk)


def _others(member: Membership) -> QuerySet[Membership]:
    """The other owners who can sign in."""
    owners = Membership.objects.filter(organization=member.organization_id, role=Role.OWNER, user__is_active=True)
    return owners.exclude(pk=member.pk)
