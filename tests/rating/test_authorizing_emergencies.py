"""Nothing stands in the way of a call for help, by its type or by the digits that somebody dials."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from credits.models import Account
from rating import authorizing, limits
from rating.authorizing import Answer
from rating.models import BlockedCall, CallRequest, CallSession, DialOutPolicy, UsageRecord
from subscriptions.models import Organization
from tests import factories
from tests.rating import cast, phone
from tests.rating.phone import Phone

pytestmark = pytest.mark.django_db
ALLOWED = Answer(allowed=True, granted_seconds=None)


def forbid_all(organization: Organization, now: datetime) -> None:
    """No calls, no conferences, and no number that begins with any digit."""
    for digit in range(1, 10):
        limits.block_destination(organization, f"+{digit}", actor=None, now=now)
    none, nobody = DialOutPolicy.Conferences.NONE, DialOutPolicy.Calls.NONE
    limits.set_policy(organization, conferences=none, calls=nobody, actor=None, now=now)


def of_country(country: str) -> Organization:
    return factories.OrganizationFactory.create(slug=f"office-{country.lower()}", country=country)


def dialled(organization: Organization, now: datetime, digits: str, **other: Any) -> Answer:
    facts: dict[str, Any] = {"number": 1, "call_type": "user_out", "destination": digits, "started_at": now} | other
    return authorizing.authorize(organization, authorizing.Request("call", **facts), now=now)


@pytest.mark.parametrize(
    ("call_type", "digits"), [("emergency_out", "no number"), ("emergency_in", "no number"), ("user_out", "999")]
)
def test_emergency_calls_ask_nothing(
    now: datetime, call_type: str, digits: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    amara = phone.phone(now, credit="0", plan="")
    forbid_all(amara.organization, now)
    request = amara.request(session="", number=-1, call_type=call_type, destination=digits, upn="nobody")

    with django_assert_num_queries(0):
        answer = authorizing.authorize(amara.organization, request, now=now)

    assert (answer, answer.expires_at) == (ALLOWED, None)
    assert not CallRequest.objects.exists()


@pytest.mark.parametrize(
    ("country", "digits"),
    [
        ("GB", "999"),
        ("US", "911"),
        ("JP", "119"),
        ("JP", "110"),
        ("AU", "000"),
        ("NZ", "111"),
        ("FR", "15"),
        ("DE", "110"),
        ("IN", "108"),
        ("BR", "190"),
        ("JP", "112"),
        ("DE", "911"),
        ("DE", "1 1-2"),
    ],
)
@pytest.mark.parametrize("call_type", ["user_out", "conf_out", "ucap_out", "fmc_out", "no_such_type"])
def test_the_digits_say_so_whatever_the_call_type(now: datetime, country: str, digits: str, call_type: str) -> None:
    assert dialled(of_country(country), now, digits, call_type=call_type) == ALLOWED
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("country", "digits"),
    [
        ("US", "9112345678"),
        ("US", "+19112345678"),
        ("IN", "+911123456789"),
        ("GB", "+999123456"),
        ("GB", "112112"),
        ("GB", "9990"),
        ("GB", "+112"),
        ("US", "999"),
        ("GB", "119"),
        ("US", "000"),
        ("GB", "112*"),
        ("GB", "101"),
    ],
)
def test_a_number_that_only_looks_like_one_is_asked_about(now: datetime, country: str, digits: str) -> None:
    answer = dialled(of_country(country), now, digits)

    assert (answer.allowed, BlockedCall.objects.get().reason) == (False, answer.reason)


@pytest.mark.parametrize(("location", "allowed"), [("JP", True), ("FR", False), ("", False)])
def test_where_the_subscriber_is_counts_too(
    tailspin: Organization, now: datetime, location: str, allowed: bool
) -> None:
    ken = cast.person(tailspin, "", upn="ken@tailspin.example", at=location)
    ken.object_id = uuid4()
    ken.save()

    by_upn = dialled(tailspin, now, "119", upn="Ken@tailspin.example")
    by_object_id = dialled(tailspin, now, "119", object_id=ken.object_id, number_type="user", number=2)

    assert (by_upn.allowed, by_object_id.allowed) == (allowed, allowed)


def test_somebody_of_another_organization_does_not_count(
    tailspin: Organization, northwind: Organization, now: datetime
) -> None:
    cast.person(northwind, "", upn="ken@northwind.example", at="JP")

    assert not dialled(tailspin, now, "119", upn="ken@northwind.example").allowed


def test_an_account_below_zero_may_call_for_help(amara: Phone) -> None:
    amara.desk.spend("25", now=amara.now)
    forbid_all(amara.organization, amara.now)

    answer = amara.asks(destination="999")

    assert (amara.four()[0], answer) == (-15, ALLOWED)
    assert not amara.asks("other").allowed


def test_help_costs_nothing_afterwards_either(amara: Phone) -> None:
    asked = amara.request(destination="999")
    amara.asks(destination="999")
    amara.waits(seconds=90)

    settled = amara.ends(90, call=asked)

    assert (settled.charge, settled.state, amara.four()) == (0, UsageRecord.State.FREE, (10, 0, 10))
    assert CallSession.objects.get().state == "settled"
