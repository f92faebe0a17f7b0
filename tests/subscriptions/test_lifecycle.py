"""How organizations and their people begin."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from subscriptions import lifecycle
from subscriptions.models import Activity, Invitation, Membership, Organization, User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

Role = Membership.Role
WOODGROVE = {
    "name": "Woodgrove Bank",
    "slug": "woodgrove",
    "country": "US",
    "currency": "USD",
    "time_zone": "America/New_York",
    "language": "en",
}


def _create(now: datetime, **changes: Any) -> Organization:
    traits = {**WOODGROVE, **changes}
    return lifecycle.create_organization(owner_email="Olga@Woodgrove.example", actor=None, now=now, **traits)


def _invite(organization: Organization, email: str, now: datetime, role: Role = Role.READER) -> Invitation:
    return lifecycle.invite(organization, email, role, actor=None, now=now)


def test_an_organization_begins_with_the_invitation_of_its_owner(now: datetime) -> None:
    organization = _create(now)

    invitation = organization.invitations.get()
    assert (invitation.email, invitation.role) == ("olga@woodgrove.example", Role.OWNER)
    assert list(Invitation.objects.due(at=now)) == [invitation]
    assert set(organization.activities.values_list("action", flat=True)) == {
        "organization.created",
        "invitation.created",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "contoso"), ("slug", "Not a slug"), ("time_zone", "Mars/Olympus"), ("country", "usa"), ("language", "x")],
)
def test_what_an_organization_cannot_be_is_told_by_field(
    field: str, value: str, contoso: Organization, now: datetime
) -> None:
    with pytest.raises(ValidationError) as told:
        _create(now, **{field: value})

    assert set(told.value.message_dict) == {field}
    assert list(Organization.objects.all()) == [contoso]


def test_an_owner_who_cannot_be_invited_leaves_no_organization(now: datetime) -> None:
    UserFactory.create(email="olga@woodgrove.example", is_staff=True)

    with pytest.raises(lifecycle.StaffApart):
        _create(now)

    assert not Organization.objects.exists()
    assert not Activity.objects.exists()


def test_accepting_makes_a_person_with_a_proved_address(now: datetime) -> None:
    invitation = _create(now).invitations.get()

    person = lifecycle.accept(invitation, name="Olga", password=PASSWORD, now=now)

    assert (person.email, person.name) == ("olga@woodgrove.example", "Olga")
    assert person.check_password(PASSWORD)
    assert person.memberships.get().role == Role.OWNER
    assert EmailAddress.objects.get(user=person).verified
    assert Activity.objects.get(action="member.joined").actor == person


def test_an_invitation_is_used_once(now: datetime) -> None:
    invitation = _create(now).invitations.get()
    stale = Invitation.objects.get()
    lifecycle.accept(invitation, name="Olga", password=PASSWORD, now=now)

    for seen in (stale, Invitation.objects.get()):
        with pytest.raises(lifecycle.InvitationUsed):
            lifecycle.accept(seen, name="Other", password=PASSWORD, now=now)

    assert User.objects.get().name == "Olga"


def test_an_invitation_ends(now: datetime) -> None:
    invitation = _create(now).invitations.get()

    with pytest.raises(lifecycle.InvitationExpired):
        lifecycle.accept(invitation, name="Olga", password=PASSWORD, now=now + lifecycle.INVITATION_LASTS)

    assert not User.objects.exists()
    last = now + lifecycle.INVITATION_LASTS - timedelta(microseconds=1)
    assert lifecycle.accept(invitation, name="Olga", password=PASSWORD, now=last)


def test_an_invitation_never_sets_the_password_of_somebody_known(contoso: Organization, now: datetime) -> None:
    known = UserFactory.create(email="known@example.com")
    invitation = _invite(contoso, "known@example.com", now)

    with pytest.raises(lifecycle.PersonExists):
        lifecycle.accept(invitation, name="Thief", password="another long password", now=now)

    known.refresh_from_db()
    assert known.check_password(PASSWORD)
    assert Invitation.objects.open(at=now).get() == invitation


def test_a_known_person_joins_as_who_they_are(contoso: Organization, now: datetime) -> None:
    known = UserFactory.create(email="known@example.com")
    invitation = _invite(contoso, "Known@example.com", now, Role.LICENCE_ADMIN)

    assert lifecycle.join(invitation, known, now=now).role == Role.LICENCE_ADMIN


def test_nobody_joins_by_the_invitation_of_another(contoso: Organization, now: datetime) -> None:
    invitation = _invite(contoso, "somebody@example.com", now)

    with pytest.raises(lifecycle.NotTheirs):
        lifecycle.join(invitation, UserFactory.create(), now=now)

    assert Invitation.objects.open(at=now).exists()


def test_members_and_staff_are_not_invited(contoso: Organization, now: datetime) -> None:
    UserFactory.create(email="staff@example.com", is_staff=True)

    with pytest.raises(lifecycle.AlreadyMember):
        _invite(contoso, "Owner@contoso.example", now)
    with pytest.raises(lifecycle.StaffApart):
        _invite(contoso, "staff@example.com", now)


def test_inviting_again_makes_the_older_link_useless(contoso: Organization, now: datetime) -> None:
    older = _invite(contoso, "new@example.com", now)

    newer = _invite(contoso, "New@example.com", now + timedelta(days=30), Role.OWNER)

    assert list(contoso.invitations.all()) == [newer]
    assert newer.token != older.token
