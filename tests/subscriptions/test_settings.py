"""The organization's settings: who changes them, what is recorded, and what they leave alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from credits import accounts, ledger
from credits.models import Lot
from subscriptions import profile
from subscriptions.models import Activity, Membership, Organization
from subscriptions.profile import Profile

Role = Membership.Role
SignIn = Callable[..., Client]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def _page(organization: Organization) -> str:
    return reverse("organization_settings", args=[organization.slug])


SENT = {"name": "Contoso Ltd", "time_zone": "Asia/Taipei", "language": "zh-hant"}


def test_a_change_is_stored_once_with_what_was_before(contoso: Organization, now: datetime) -> None:
    owner = contoso.memberships.get(role=Role.OWNER).user

    assert profile.change(contoso, Profile(**SENT), actor=owner, now=now)
    assert not profile.change(contoso, Profile(**SENT), actor=owner, now=now)

    facts = Activity.objects.get(action="organization.changed").facts
    assert facts["before"] == {"name": "Contoso", "time_zone": "America/New_York", "language": "en"}
    assert facts["after"] == SENT


def test_a_new_zone_is_told_to_the_ledger_check(contoso: Organization, now: datetime) -> None:
    owner = contoso.memberships.get(role=Role.OWNER).user

    profile.change(contoso, Profile("Contoso", "Asia/Taipei", "en"), actor=owner, now=now)

    zones = Activity.objects.get(action="organization.zone_changed").facts
    assert zones == {"before": "America/New_York", "after": "Asia/Taipei"}
    assert Activity.objects.get(action="organization.changed").facts["before"] == {"time_zone": "America/New_York"}


@pytest.mark.parametrize("bad", [Profile("", "UTC", "en"), Profile("C", "Mars", "en"), Profile("C", "UTC", "xx")])
def test_what_makes_no_sense_is_not_stored(contoso: Organization, now: datetime, bad: Profile) -> None:
    owner = contoso.memberships.get(role=Role.OWNER).user

    with pytest.raises(ValidationError):
        profile.change(contoso, bad, actor=owner, now=now)

    contoso.refresh_from_db()
    assert profile.profile_of(contoso) == Profile("Contoso", "America/New_York", "en")


@pytest.mark.parametrize("role", Role.values)
def test_everybody_sees_the_settings_and_an_owner_changes_them(
    contoso: Organization, sign_in: SignIn, role: str
) -> None:
    client = sign_in(contoso, role)

    html = client.get(_page(contoso)).content.decode()
    answer = client.post(_page(contoso), SENT)

    contoso.refresh_from_db()
    assert "America/New_York" in html
    assert ("Only an Owner can change the settings." in html) == (role != Role.OWNER)
    assert answer.status_code == (302 if role == Role.OWNER else 403)
    assert contoso.name == ("Contoso Ltd" if role == Role.OWNER else "Contoso")


def test_the_settings_of_another_organization_are_not_there(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    client = sign_in(contoso, Role.OWNER)

    assert client.get(_page(northwind)).status_code == 404
    assert client.post(_page(northwind), SENT).status_code == 404


@pytest.mark.parametrize(
    ("typed", "zone"),
    [("Asia/Taipei", "Asia/Taipei"), ("taipei", "Asia/Taipei"), (" new york ", "America/New_York"), ("utc", "UTC")],
)
def test_a_zone_is_found_by_its_city(contoso: Organization, sign_in: SignIn, typed: str, zone: str) -> None:
    sign_in(contoso, Role.OWNER).post(_page(contoso), {**SENT, "time_zone": typed})

    contoso.refresh_from_db()
    assert contoso.time_zone == zone


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"time_zone": "Gotham"}, "Choose a time zone"), ({"name": "\x07"}, "Enter a name"), ({"language": "xx"}, "xx")],
)
def test_what_is_wrong_is_said_at_its_field(
    contoso: Organization, sign_in: SignIn, wrong: dict[str, str], said: str
) -> None:
    html = sign_in(contoso, Role.OWNER).post(_page(contoso), {**SENT, **wrong}).content.decode()

    assert said in html
    assert "Please check what you entered." in html


def test_the_page_says_since_when_the_currency_is_fixed_and_that_no_lot_moves(
    contoso: Organization, sign_in: SignIn, now: datetime
) -> None:
    client = sign_in(contoso, Role.OWNER)
    free = client.get(_page(contoso)).content.decode()
    later = now + timedelta(days=365)
    with accounts.changing(contoso.account.pk, now=now) as account:
        ledger.grant(
            account, kind=Lot.Kind.PROMOTION, amount=Decimal(10), key="gift", why="", now=now, expires_at=later
        )

    fixed = client.get(_page(contoso)).content.decode()

    assert "With the first payment it is fixed for good" in free
    assert "Fixed since the first credit of" in fixed
    assert "Another time zone moves no credit" in fixed


def test_the_page_is_small(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso, Role.OWNER)

    assert len(client.get(_page(contoso)).content) < 60_000
