"""Keys of programs: shown once, kept as a digest, good for their scopes until they are revoked or end."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from subscriptions import keys
from subscriptions.keys import Scope
from subscriptions.models import Activity, ApiKey, Membership, Organization
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def test_the_secret_is_found_again_and_stands_nowhere(contoso: Organization, now: datetime) -> None:
    key, secret = keys.make(contoso, "bridge", [Scope.CALLS], actor=None, now=now)

    assert keys.find(secret, now=now) == key
    assert secret.startswith(key.head)
    assert secret not in str(ApiKey.objects.values().get()) + str(Activity.objects.values_list("facts"))


def test_a_wrong_secret_finds_nothing(contoso: Organization, now: datetime) -> None:
    _, secret = keys.make(contoso, "bridge", [Scope.CALLS], actor=None, now=now)

    assert keys.find(secret[:-1], now=now) is None
    assert keys.find("", now=now) is None


def test_a_revoked_key_lets_nobody_in(contoso: Organization, now: datetime) -> None:
    key, secret = keys.make(contoso, "bridge", [Scope.CALLS], actor=None, now=now)

    keys.revoke(key, actor=None, now=now)
    keys.revoke(key, actor=None, now=now + timedelta(days=1))

    assert keys.find(secret, now=now) is None
    assert ApiKey.objects.get().revoked_at == now
    assert Activity.objects.filter(action="key.revoked").count() == 1


def test_a_key_ends(contoso: Organization, now: datetime) -> None:
    end = now + timedelta(days=1)
    key, secret = keys.make(contoso, "bridge", [Scope.CALLS], actor=None, now=now, expires_at=end)

    assert keys.find(secret, now=end - timedelta(microseconds=1)) == key
    assert keys.find(secret, now=end) is None


@pytest.mark.parametrize("scopes", [[], ["everything"], [Scope.CALLS, "x"]])
def test_a_key_has_scopes_that_there_are(contoso: Organization, now: datetime, scopes: list[str]) -> None:
    with pytest.raises(keys.NoScope):
        keys.make(contoso, "bridge", scopes, actor=None, now=now)

    assert not ApiKey.objects.exists()


def test_use_is_noted_once_an_hour(contoso: Organization, now: datetime, django_assert_num_queries: type) -> None:
    _, secret = keys.make(contoso, "bridge", [Scope.CALLS], actor=None, now=now)
    keys.find(secret, now=now)

    with django_assert_num_queries(1):
        keys.find(secret, now=now + timedelta(minutes=59))
    keys.find(secret, now=now + timedelta(minutes=60))

    assert ApiKey.objects.get().last_used_at == now + timedelta(minutes=60)


def test_an_owner_makes_and_revokes_a_key_on_the_pages(sign_in: Callable[..., Client], contoso: Organization) -> None:
    owner = sign_in(contoso, role=Membership.Role.OWNER)

    made = owner.post(reverse("subscriptions:make_key", args=["contoso"]), {"name": "Bridge", "scopes": ["calls"]})
    key = ApiKey.objects.get()
    listed = owner.get(reverse("subscriptions:keys", args=["contoso"]))
    owner.post(reverse("subscriptions:revoke_key", args=["contoso", key.pk]))

    secret = made.context["secret"]
    assert secret in made.text
    assert "no-store" in made["Cache-Control"]
    assert secret not in listed.text
    assert key.head in listed.text
    assert ApiKey.objects.get().revoked_at is not None


@pytest.mark.parametrize("role", [role for role in Membership.Role if role != Membership.Role.OWNER])
def test_nobody_but_an_owner_sees_keys(sign_in: Callable[..., Client], contoso: Organization, role: str) -> None:
    if not contoso.memberships.filter(role=role).exists():
        contoso.memberships.create(user=UserFactory.create(), role=role, created_at=contoso.created_at)

    answer = sign_in(contoso, role=role).get(reverse("subscriptions:keys", args=["contoso"]))

    assert answer.status_code == 403
