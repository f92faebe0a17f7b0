"""Invitations, signing in and a forgotten password, as people meet them."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from subscriptions import lifecycle
from subscriptions.models import Invitation, Membership, Organization, User
from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

NEW_PASSWORD = "violet anchor paper moss"


@pytest.fixture(autouse=True)
def _no_attempts_remembered(db: None) -> None:
    cache.clear()


@pytest.fixture
def invited(contoso: Organization, now: datetime) -> Invitation:
    return lifecycle.invite(contoso, "new@contoso.example", Membership.Role.READER, actor=None, now=now)


def _page(invitation: Invitation) -> str:
    return reverse("subscriptions:invitation", args=[invitation.token])


def _signed_in_as(client: Client) -> str:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key).email if key else ""


def test_a_new_person_sets_name_and_password_and_is_in(client: Client, invited: Invitation) -> None:
    assert "new@contoso.example" in client.get(_page(invited)).content.decode()

    answer = client.post(_page(invited), {"name": "Nora", "password": NEW_PASSWORD})

    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("organization_home", args=["contoso"])
    assert _signed_in_as(client) == "new@contoso.example"
    assert client.get(reverse("subscriptions:plans", args=["contoso"])).status_code == 200


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"name": "", "password": NEW_PASSWORD}, "This field is required"),
        ({"name": "Nora", "password": "short"}, "too short"),
        ({"name": "Nora", "password": "1234567890123"}, "too common"),
        ({"name": "Nora", "password": "new@contoso.example"}, "too similar"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_made(
    client: Client, invited: Invitation, filled: dict[str, str], said: str
) -> None:
    people = User.objects.count()

    answer = client.post(_page(invited), filled)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert User.objects.count() == people


def test_a_used_link_says_so(client: Client, invited: Invitation) -> None:
    client.post(_page(invited), {"name": "Nora", "password": NEW_PASSWORD})
    client.logout()

    again = client.post(_page(invited), {"name": "Thief", "password": "another long one here"})

    assert again.status_code == 410
    assert "used already" in again.content.decode()
    assert User.objects.get(email="new@contoso.example").check_password(NEW_PASSWORD)


def test_an_expired_link_says_so(client: Client, invited: Invitation, now: datetime) -> None:
    with time_machine.travel(now + timedelta(days=8), tick=False):
        answer = client.post(_page(invited), {"name": "Nora", "password": NEW_PASSWORD})

    assert answer.status_code == 410
    assert "expired" in answer.content.decode()
    assert not User.objects.filter(email="new@contoso.example").exists()


def test_an_unknown_link_leads_nowhere(client: Client) -> None:
    assert client.get(reverse("subscriptions:invitation", args=["nonsense"])).status_code == 404


def test_a_known_person_signs_in_first_and_then_joins(client: Client, contoso: Organization, now: datetime) -> None:
    known = UserFactory.create(email="known@example.com")
    invitation = lifecycle.invite(contoso, known.email, Membership.Role.READER, actor=None, now=now)

    page = client.get(_page(invitation)).content.decode()
    assert f"{reverse('account_login')}?next={_page(invitation)}" in page
    assert 'type="password"' not in page

    client.force_login(known)
    assert "known@example.com" in client.get(_page(invitation)).content.decode()
    assert not known.memberships.exists()

    client.post(_page(invitation))
    assert known.memberships.get().role == Membership.Role.READER


def test_a_known_person_who_is_signed_in_as_another_is_told(
    client: Client, contoso: Organization, now: datetime
) -> None:
    known, other = UserFactory.create(), UserFactory.create()
    invitation = lifecycle.invite(contoso, known.email, Membership.Role.READER, actor=None, now=now)
    client.force_login(other)

    page = client.post(_page(invitation)).content.decode()

    assert "Sign out first" in page
    assert not other.memberships.exists()


def test_sign_in_goes_by_e_mail_in_any_case(client: Client, contoso: Organization) -> None:
    page = reverse("account_login")
    assert 'name="login"' in client.get(page).content.decode()

    client.post(page, {"login": "Owner@Contoso.example", "password": PASSWORD})

    assert _signed_in_as(client) == "owner@contoso.example"


def test_a_wrong_password_does_not_sign_in(client: Client, contoso: Organization) -> None:
    answer = client.post(reverse("account_login"), {"login": "owner@contoso.example", "password": "wrong"})

    assert answer.status_code == 200
    assert not _signed_in_as(client)


def test_a_forgotten_password_is_set_by_a_mailed_link(client: Client, contoso: Organization) -> None:
    client.post(reverse("account_reset_password"), {"email": "owner@contoso.example"})

    [letter] = mail.outbox
    assert letter.to == ["owner@contoso.example"]
    link = re.search(r"http\S+(/accounts/password/reset/key/\S+)", str(letter.body))
    assert link
    form = client.get(link[1], follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert User.objects.get(email="owner@contoso.example").check_password(NEW_PASSWORD)


def test_whoever_accepted_an_invitation_can_reset_the_password(client: Client, invited: Invitation) -> None:
    client.post(_page(invited), {"name": "Nora", "password": NEW_PASSWORD})
    client.logout()

    client.post(reverse("account_reset_password"), {"email": "new@contoso.example"})

    assert [letter.to for letter in mail.outbox] == [["new@contoso.example"]]


def test_nobody_learns_which_addresses_are_known(client: Client, contoso: Organization) -> None:
    known: Any = client.post(reverse("account_reset_password"), {"email": "owner@contoso.example"})
    unknown: Any = client.post(reverse("account_reset_password"), {"email": "nobody@contoso.example"})

    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])


def test_nobody_signs_up_uninvited(client: Client) -> None:
    answer = client.post(
        reverse("account_signup"), {"email": "x@example.com", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    )

    assert not User.objects.exists()
    assert answer.status_code == 200
