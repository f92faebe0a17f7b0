"""Limits and Blocked calls as people see them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rating import limits
from rating.models import BlockedCall, BlockedDestination, DialOutPolicy, SpendLimit
from subscriptions.models import Membership, Organization
from tests.factories import NOW, SubscriberFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]
Role = Membership.Role


def address(name: str, organization: Organization, *more: object) -> str:
    return reverse(f"rating:{name}", args=[organization.slug, *more])


def refused(organization: Organization, number: int = 0, **other: object) -> BlockedCall:
    facts: dict[str, object] = {
        "session_key": f"session-{number}",
        "call_type": "user_out",
        "caller": "+442079460000",
        "destination": "+5371234567",
        "reason": "580406",
        "at": NOW - timedelta(minutes=number),
    }
    return organization.blocked_calls.create(**facts | other)


@pytest.mark.parametrize("role", Role.values)
def test_every_role_sees_the_limits_and_some_may_change_them(contoso: Organization, sign_in: SignIn, role: str) -> None:
    person = SubscriberFactory.create(organization=contoso, display_name="Adele Vance")
    limits.set_spend_limit(contoso, Decimal("12.5"), subscriber=person, actor=None, now=NOW)
    limits.block_destination(contoso, "+53", note="Too dear", actor=None, now=NOW)

    html = sign_in(contoso, role=role).get(address("limits", contoso)).content.decode()

    for words in ("Adele Vance", "$12.50", "+53", "Too dear", "Any destination"):
        assert words in html
    assert (address("set_spend_limit", contoso) in html) is (role in (Role.OWNER, Role.BILLING_ADMIN))


@pytest.mark.parametrize("name", ["set_spend_limit", "set_policy", "block_destination"])
def test_others_may_not_change_them(contoso: Organization, northwind: Organization, sign_in: SignIn, name: str) -> None:
    assert sign_in(contoso, role=Role.READER).post(address(name, contoso)).status_code == 403
    assert sign_in(contoso, role=Role.OWNER).post(address(name, northwind)).status_code == 404


def test_a_spend_limit_is_set_and_removed(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    answer = client.post(address("set_spend_limit", contoso), {"department": "Sales", "amount": "20"})

    assert answer.headers["Location"] == address("limits", contoso)
    limit = SpendLimit.objects.get()
    assert (limit.department, limit.amount) == ("Sales", 20)
    client.post(address("remove_spend_limit", contoso, limit.pk))
    assert not SpendLimit.objects.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"amount": "20"}, "Name a subscriber or a department."),
        ({"amount": "20", "upn": "nobody@contoso.example"}, "Nobody here has this name."),
        ({"amount": "1e3", "department": "Sales"}, "Enter an amount"),
        ({"amount": "-1", "department": "Sales"}, "Enter an amount"),
    ],
)
def test_what_is_no_limit_is_said(contoso: Organization, sign_in: SignIn, given: dict[str, str], message: str) -> None:
    html = sign_in(contoso).post(address("set_spend_limit", contoso), given).content.decode()

    assert message in html
    assert not SpendLimit.objects.exists()


def test_a_policy_is_set_and_removed(contoso: Organization, sign_in: SignIn) -> None:
    person = SubscriberFactory.create(organization=contoso, upn="adele@contoso.example")
    client = sign_in(contoso)
    for upn in ("", "Adele@contoso.example"):
        client.post(address("set_policy", contoso), {"upn": upn, "calls": "none", "conferences": "zone_a"})

    own = DialOutPolicy.objects.get(subscriber=person)

    assert (own.calls, own.conferences) == ("none", "zone_a")
    assert 'value="zone_a" selected' in client.get(address("set_policy", contoso)).content.decode()
    client.post(address("remove_policy", contoso, own.pk))
    assert DialOutPolicy.objects.get().subscriber is None


def test_a_destination_is_blocked_once(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    page = address("block_destination", contoso)

    client.post(page, {"number": "+53 7", "note": "Too dear"})

    assert "blocked already" in client.post(page, {"number": "+537"}).content.decode()
    assert "Enter + and 1 to 15 digits" in client.post(page, {"number": "Cuba"}).content.decode()
    blocked = BlockedDestination.objects.get()
    client.post(address("unblock_destination", contoso, blocked.pk))
    assert not BlockedDestination.objects.exists()


def test_what_another_organization_set_cannot_be_removed(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    blocked = limits.block_destination(northwind, "+53", actor=None, now=NOW)

    answer = sign_in(contoso).post(address("unblock_destination", contoso, blocked.pk))

    assert answer.status_code == 404
    assert BlockedDestination.objects.exists()


@pytest.mark.parametrize("role", Role.values)
def test_refused_calls_are_listed_with_their_reasons(contoso: Organization, sign_in: SignIn, role: str) -> None:
    refused(contoso, subscriber=SubscriberFactory.create(organization=contoso, display_name="Adele Vance"))
    refused(contoso, 1, reason="no_rate", call_type="ucap_out")

    html = sign_in(contoso, role=role).get(address("blocked_calls", contoso)).content.decode()

    for words in ("Adele Vance", "No credit left", "580406", "No rate for the number", "Voice app, outgoing"):
        assert words in html
    assert ("+5371234567" in html) is (role != Role.READER)


def test_the_filter_asks_for_a_time_and_a_reason(contoso: Organization, sign_in: SignIn) -> None:
    refused(contoso, destination="+111111")
    refused(contoso, 1, destination="+222222", reason="no_rate")
    refused(contoso, 60 * 24 * 3, destination="+333333")
    client, page = sign_in(contoso), address("blocked_calls", contoso)

    def seen(**asked: str) -> set[str]:
        html = client.get(page, asked).content.decode()
        return {number for number in ("+111111", "+222222", "+333333") if number in html}

    assert seen() == {"+111111", "+222222", "+333333"}
    assert seen(reason="no_rate") == {"+222222"}
    assert seen(**{"from": "2026-11-01"}) == {"+111111", "+222222"}
    assert "Select a valid choice" in client.get(page, {"reason": "bad luck"}).content.decode()
    assert client.get(page, {"older": "nonsense"}).status_code == 200


def test_pages_follow_each_other(contoso: Organization, northwind: Organization, sign_in: SignIn) -> None:
    refused(northwind, destination="+999999")
    for number in range(120):
        refused(contoso, number // 2)
    client, url = sign_in(contoso), address("blocked_calls", contoso)

    seen, place = [], url
    while place:
        answer = client.get(place)
        assert b"+999999" not in answer.content
        seen += [call.pk for call in answer.context["calls"]]
        place = answer.context["older_url"] and url + answer.context["older_url"]

    assert len(seen) == len(set(seen)) == 120
    back = client.get(url + answer.context["newer_url"])
    assert [call.pk for call in back.context["calls"]] == seen[75:100]


def test_the_report_is_a_file_too(contoso: Organization, sign_in: SignIn, now: datetime) -> None:
    refused(contoso, subscriber=SubscriberFactory.create(organization=contoso, display_name="=Adele"))
    client, url = sign_in(contoso), address("blocked_calls_csv", contoso)

    answer = client.get(url, {"reason": "580406"})

    header, line = answer.getvalue().decode().splitlines()
    assert header.startswith("\ufeffTime,User display name,UPN,Phone,")
    assert line.startswith("2026-11-02T04:00:00-05:00,'=Adele,")
    assert line.endswith("No credit left,580406,session-0")
    assert client.get(url, {"from": "never"}).status_code == 302


def test_the_pages_ask_a_fixed_number_of_queries(
    contoso: Organization, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        refused(contoso, number, subscriber=SubscriberFactory.create(organization=contoso))
        limits.block_destination(contoso, f"+{number + 10}", actor=None, now=NOW)
        limits.set_spend_limit(
            contoso, Decimal(1), subscriber=SubscriberFactory.create(organization=contoso), actor=None, now=NOW
        )
    client = sign_in(contoso)

    with django_assert_max_num_queries(9):
        client.get(address("blocked_calls", contoso))
    with django_assert_max_num_queries(12):
        client.get(address("limits", contoso))
