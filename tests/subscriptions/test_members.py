"""Members: roles, the last owner, and what is gone for whoever is no longer a member."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from subscriptions import lifecycle, members
from subscriptions.models import Activity, Invitation, Membership, Organization, User
from tests.credits.together import at_once
from tests.factories import MembershipFactory

Role = Membership.Role
SignIn = Callable[..., Client]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def _of(organization: Organization, role: str = Role.OWNER) -> Membership:
    return organization.memberships.select_related("user", "organization").filter(role=role).order_by("pk")[0]


def _owner(organization: Organization) -> Membership:
    return MembershipFactory.create(organization=organization, role=Role.OWNER)


def test_a_role_is_changed_once_and_recorded(contoso: Organization, now: datetime) -> None:
    reader, actor = _of(contoso, Role.READER), _of(contoso).user

    assert members.change_role(reader, Role.LICENCE_ADMIN, actor=actor, now=now)
    assert not members.change_role(reader, Role.LICENCE_ADMIN, actor=actor, now=now)

    facts = Activity.objects.get(action="member.role_changed").facts
    assert (facts["was"], facts["role"]) == ("reader", "licence_admin")


def test_the_last_owner_stays_one(contoso: Organization, now: datetime) -> None:
    owner = _of(contoso)

    with pytest.raises(members.LastOwner):
        members.change_role(owner, Role.READER, actor=owner.user, now=now)
    with pytest.raises(members.LastOwner):
        members.remove(owner, actor=owner.user, now=now)

    assert _of(contoso) == owner


def test_an_owner_who_cannot_sign_in_does_not_count(contoso: Organization, now: datetime) -> None:
    owner, blocked = _of(contoso), _owner(contoso)
    User.objects.filter(pk=blocked.user_id).update(is_active=False)

    with pytest.raises(members.LastOwner):
        members.remove(owner, actor=owner.user, now=now)


def test_who_is_not_an_owner_any_more_changes_nothing(contoso: Organization, now: datetime) -> None:
    reader, admin = _of(contoso, Role.READER), _of(contoso, Role.BILLING_ADMIN)

    with pytest.raises(members.NoLongerAllowed):
        members.remove(reader, actor=admin.user, now=now)

    assert contoso.memberships.filter(pk=reader.pk).exists()


def test_a_member_of_nothing_is_said_to_be_gone(contoso: Organization, now: datetime) -> None:
    reader, actor = _of(contoso, Role.READER), _of(contoso).user
    members.remove(reader, actor=actor, now=now)
    gone = Membership(pk=10**9, organization=contoso, user=reader.user, role=Role.READER)

    with pytest.raises(members.NoLongerMember):
        members.remove(gone, actor=actor, now=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_remove_each_other_one_stays(contoso: Organization, now: datetime) -> None:
    one, other = _of(contoso), _owner(contoso)

    answers = at_once(
        [
            lambda: members.remove(other, actor=one.user, now=now),
            lambda: members.remove(one, actor=other.user, now=now),
        ]
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["NoLongerAllowed", "NoneType"]
    assert contoso.memberships.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_owners_who_all_step_down_at_one_moment_leave_one(contoso: Organization, now: datetime) -> None:
    owners = [_of(contoso), *(_owner(contoso) for _ in range(3))]

    at_once(
        [
            lambda own=own: members.change_role(own, Role.READER, actor=own.user, now=now)  # type: ignore[misc]
            for own in owners
        ]
    )

    assert contoso.memberships.filter(role=Role.OWNER).count() == 1


def test_a_withdrawn_invitation_leads_nowhere(contoso: Organization, now: datetime, client: Client) -> None:
    actor = _of(contoso).user
    invited = lifecycle.invite(contoso, "new@example.com", Role.READER, actor=actor, now=now)

    members.withdraw(invited, actor=actor, now=now)

    assert client.get(reverse("subscriptions:invitation", args=[invited.token])).status_code == 404
    with pytest.raises(members.NoLongerOpen):
        members.withdraw(invited, actor=actor, now=now)


@pytest.mark.parametrize("role", Role.values)
def test_every_role_sees_the_members(contoso: Organization, sign_in: SignIn, role: str) -> None:
    html = sign_in(contoso, role).get(reverse("subscriptions:members", args=["contoso"])).content.decode()

    assert "reader@contoso.example" in html
    assert ("Only an Owner can invite" in html) == (role != Role.OWNER)
    assert (reverse("subscriptions:invite", args=["contoso"]) in html) == (role == Role.OWNER)


def _deeds(organization: Organization, now: datetime) -> list[str]:
    invited = lifecycle.invite(organization, "new@example.com", Role.READER, actor=None, now=now)
    reader, slug = _of(organization, Role.READER).pk, organization.slug
    return [
        reverse("subscriptions:invite", args=[slug]),
        reverse("subscriptions:change_role", args=[slug, reader]),
        reverse("subscriptions:remove_member", args=[slug, reader]),
        reverse("subscriptions:withdraw_invitation", args=[slug, invited.pk]),
    ]


@pytest.mark.parametrize("role", [Role.BILLING_ADMIN, Role.LICENCE_ADMIN, Role.READER])
def test_only_owners_change_members(contoso: Organization, sign_in: SignIn, now: datetime, role: str) -> None:
    client = sign_in(contoso, role)

    assert {client.post(deed).status_code for deed in _deeds(contoso, now)} == {403}


def test_nobody_reaches_the_members_of_another_organization(
    contoso: Organization, northwind: Organization, sign_in: SignIn, now: datetime
) -> None:
    client = sign_in(contoso, Role.OWNER)
    strange = _of(northwind, Role.READER).pk

    assert {client.get(deed).status_code for deed in _deeds(northwind, now)} == {404}
    assert client.post(reverse("subscriptions:remove_member", args=["contoso", strange])).status_code == 404
    assert northwind.memberships.filter(pk=strange).exists()


def test_a_removed_member_finds_nothing_at_the_next_click(contoso: Organization, sign_in: SignIn) -> None:
    reader = Client()
    reader.force_login(_of(contoso, Role.READER).user)
    page = reverse("subscriptions:members", args=["contoso"])
    assert reader.get(page).status_code == 200
    remove = reverse("subscriptions:remove_member", args=["contoso", _of(contoso, Role.READER).pk])
    owner = sign_in(contoso, Role.OWNER)

    asked = owner.get(remove).content.decode()
    done = owner.post(remove, follow=True).content.decode()

    assert "from the next click on" in asked
    assert "is no longer a member" in done
    assert reader.get(page).status_code == 404


def test_becoming_an_owner_is_asked_for_once_more(contoso: Organization, sign_in: SignIn) -> None:
    reader, client = _of(contoso, Role.READER), sign_in(contoso, Role.OWNER)
    page = reverse("subscriptions:change_role", args=["contoso", reader.pk])

    asked = client.post(page, {"role": "owner"}).content.decode()
    before = Membership.objects.get(pk=reader.pk).role
    client.post(page, {"role": "owner", "confirmed": "yes"})

    assert "Owners can do everything" in asked
    assert (before, Membership.objects.get(pk=reader.pk).role) == ("reader", "owner")


def test_another_role_is_given_at_once(contoso: Organization, sign_in: SignIn) -> None:
    reader = _of(contoso, Role.READER)
    page = reverse("subscriptions:change_role", args=["contoso", reader.pk])

    html = sign_in(contoso, Role.OWNER).post(page, {"role": "billing_admin"}, follow=True).content.decode()

    assert "is now Billing administrator" in html
    assert Membership.objects.get(pk=reader.pk).role == Role.BILLING_ADMIN


def test_the_only_owner_is_told_why_nothing_changes(contoso: Organization, sign_in: SignIn) -> None:
    client, own = sign_in(contoso, Role.OWNER), _of(contoso).pk
    page = reverse("subscriptions:change_role", args=["contoso", own])

    assert "the only owner" in client.get(page).content.decode()
    assert "Make somebody else an owner first" in client.post(page, {"role": "reader"}, follow=True).content.decode()
    assert client.post(page, {"role": "emperor"}).status_code == 200
    assert _of(contoso).pk == own


def test_an_invitation_is_made_listed_and_made_again(contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    client, page = sign_in(contoso, Role.OWNER), reverse("subscriptions:invite", args=["contoso"])

    said = client.post(page, {"email": "New@Example.com", "role": "licence_admin"}, follow=True).content.decode()
    first = contoso.invitations.get()
    Invitation.objects.update(expires_at=now - timedelta(days=1))
    expired = client.get(reverse("subscriptions:members", args=["contoso"])).content.decode()
    client.post(page, {"email": "new@example.com", "role": "reader"})

    assert "Mail on its way" in said
    assert "Expired" in expired
    assert "email=new%40example.com" in expired
    assert contoso.invitations.get().token != first.token


@pytest.mark.parametrize(
    ("email", "said"),
    [("reader@contoso.example", "already a member"), ("nobody", "valid email"), ("", "required")],
)
def test_who_cannot_be_invited_is_said_at_the_field(
    contoso: Organization, sign_in: SignIn, email: str, said: str
) -> None:
    page = reverse("subscriptions:invite", args=["contoso"])

    html = sign_in(contoso, Role.OWNER).post(page, {"email": email, "role": "reader"}).content.decode()

    assert said in html
    assert not contoso.invitations.exists()


def test_members_take_as_many_queries_as_one_does(
    contoso: Organization, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, page = sign_in(contoso, Role.OWNER), reverse("subscriptions:members", args=["contoso"])
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    MembershipFactory.create_batch(20, organization=contoso)

    with django_assert_num_queries(len(few)):
        client.get(page)
