"""Calls by the API: from may-it-begin to its charge, each request once, and every refusal by name."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from credits.models import Hold
from rating.models import CallSession, UsageRecord
from subscriptions.keys import Scope
from subscriptions.models import Licence, Organization, Plan
from tests import factories
from tests.credits.desk import Desk
from tests.rating import cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("frozen")]
Program = Callable[..., Client]
CALLS = "/api/v1/calls"
ABROAD = {
    "session": "s-1",
    "number": 0,
    "call_type": "user_out",
    "destination": "+33123456789",
    "started_at": "2026-11-23T10:00:00Z",
    "upn": "ann@contoso.example",
    "requested_seconds": 300,
}


@pytest.fixture
def bridge(contoso: Organization, program: Program, now: datetime) -> Client:
    """A program of Contoso, where Ann has a Calling Plan and the credits licence."""
    Desk(contoso).promote("10", now=now)
    cast.deck({"33 FR": "0.05", "44 GB": "0.015"})
    ann = factories.SubscriberFactory.create(
        organization=contoso, upn="ann@contoso.example", object_id=None, usage_location="US"
    )
    for plan in Plan.objects.filter(code__in=["MCOPSTN1", "MCOPSTNPP"]):
        Licence.objects.create(subscriber=ann, plan=plan)
    return program(contoso, Scope.CALLS)


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(f"{CALLS}{path}", body, content_type="application/json")


def call(now: datetime, **other: Any) -> dict[str, Any]:
    return ABROAD | {"started_at": now.isoformat()} | other


def test_a_call_from_its_grant_to_its_charge(bridge: Client, contoso: Organization, now: datetime) -> None:
    granted = post(bridge, "", call(now)).json()
    more = post(bridge, "/s-1/update", {"number": 1, "used_seconds": 240, "requested_seconds": 300}).json()
    ended = {"number": 2, "seconds": 61, "ended_at": now.isoformat()}
    settled = post(bridge, "/s-1/settle", ended).json()

    assert (granted["allowed"], granted["granted_seconds"], granted["held"]) == (True, 300, "0.250000")
    assert (more["allowed"], more["granted_seconds"]) == (True, 540)
    assert (settled["state"], settled["minutes"], Decimal(settled["charge"])) == ("charged", 2, Decimal("0.1"))
    assert UsageRecord.objects.get().charge == Decimal("0.1")
    assert Hold.objects.get().state == Hold.State.SETTLED


def test_the_same_request_again_has_the_same_answer(bridge: Client, now: datetime) -> None:
    first, again = (post(bridge, "", call(now)) for _ in range(2))

    assert first.json() == again.json()
    assert CallSession.objects.count() == 1


def test_the_same_number_with_another_body_is_a_conflict(bridge: Client, now: datetime) -> None:
    post(bridge, "", call(now))

    answer = post(bridge, "", call(now, requested_seconds=60))

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_a_no_is_an_answer(bridge: Client, now: datetime) -> None:
    stranger = post(bridge, "", call(now, upn="nobody@contoso.example")).json()
    nowhere = post(bridge, "", call(now, session="s-2", destination="+999123456")).json()

    assert (stranger["allowed"], stranger["reason"], stranger["held"]) == (False, "580464", "0")
    assert (nowhere["allowed"], nowhere["reason"]) == (False, "no_rate")


@pytest.mark.parametrize(
    ("call_type", "destination"), [("emergency_out", "+442079460000"), ("user_out", "112"), ("user_out", "999")]
)
def test_an_emergency_call_is_never_refused(
    program: Program, tailspin: Organization, now: datetime, call_type: str, destination: str
) -> None:
    tailspin.spend_limits.create(department="all", amount=0, changed_at=now)

    body = call(now, call_type=call_type, destination=destination, upn="")
    answer = post(program(tailspin, Scope.CALLS), "", body).json()

    assert (answer["allowed"], answer["granted_seconds"]) == (True, None)


def test_a_released_call_costs_nothing(bridge: Client, now: datetime) -> None:
    post(bridge, "", call(now))

    answer = post(bridge, "/s-1/release", {"number": 1})

    assert answer.json() == {"state": "released"}
    assert Hold.objects.get().state == Hold.State.RELEASED
    assert not UsageRecord.objects.exists()


def test_a_call_that_was_never_authorized_is_charged_all_the_same(bridge: Client, now: datetime) -> None:
    unknown = {name: call(now)[name] for name in ("call_type", "destination", "started_at", "upn")}
    body = {"number": 0, "seconds": 60, "ended_at": now.isoformat(), "call": unknown}

    assert post(bridge, "/s-9/settle", body).json()["charge"] == "0.0500"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/s-1/update", {"number": 1, "used_seconds": 1}, 404, "unknown_session"),
        ("/s-1/settle", {"number": 1, "seconds": 1, "ended_at": "2026-11-23T10:00:00Z"}, 404, "unknown_session"),
        ("/s-1/release", {"number": 1}, 404, "unknown_session"),
        ("/s-1/settle", {"number": 1, "seconds": -1, "ended_at": "2026-11-23T10:00:00Z"}, 422, "invalid"),
        ("/s-1/settle", {"number": 1, "seconds": 10**9, "ended_at": "2026-11-23T10:00:00Z"}, 422, "invalid"),
        ("/s-1/settle", {"number": 1, "seconds": 1, "ended_at": "2026-11-23T10:00:00"}, 422, "invalid"),
        ("/s-1/update", {"number": 1, "used_seconds": 1, "color": "red"}, 422, "invalid"),
        ("/s-1/update", {"number": 2**31, "used_seconds": 1}, 422, "invalid"),
        ("/s-1/update", [], 422, "invalid"),
        ("", {"session": ""}, 422, "invalid"),
        ("", ABROAD | {"call_type": "telepathy"}, 422, "unsound"),
        ("", ABROAD | {"session": "a\u0007b"}, 422, "unsound"),
        ("", ABROAD | {"started_at": "0001-01-01T00:00:00+14:00"}, 422, "unsound"),
        ("", ABROAD | {"destination": "sip:a@b"}, 422, "unsound"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(
    bridge: Client, path: str, body: Any, status: int, code: str
) -> None:
    answer = post(bridge, path, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not CallSession.objects.exists()


@pytest.mark.parametrize("text", ["", "{", '{"session": NaN}', "[" * 5000, '{"number": 1e999999}', "\0"])
def test_what_is_no_json_is_refused(bridge: Client, text: str) -> None:
    answer = bridge.post(CALLS, text, content_type="application/json")

    assert (answer.status_code, answer["Content-Type"]) in {
        (400, "application/problem+json"),
        (422, "application/problem+json"),
    }


def test_another_organizations_session_is_unknown(
    bridge: Client, program: Program, northwind: Organization, now: datetime
) -> None:
    post(bridge, "", call(now))

    answer = post(program(northwind, Scope.CALLS), "/s-1/release", {"number": 1})

    assert answer.status_code == 404
    assert CallSession.objects.get().state == CallSession.State.LIVE


def test_the_charge_is_explained(bridge: Client, program: Program, contoso: Organization, now: datetime) -> None:
    post(bridge, "", call(now))
    record = post(bridge, "/s-1/settle", {"number": 1, "seconds": 61, "ended_at": now.isoformat()}).json()["record"]
    reader = program(contoso, Scope.USAGE)

    said = reader.get(f"/api/v1/usage/{record}/explanation").json()["call"]

    assert (said["rate"]["prefix"], said["charge"], said["agrees"]) == ("33", "0.100000", True)
    assert [Decimal(lot["amount"]) for lot in said["paid_by"]] == [Decimal("0.1")]
    assert bridge.get(f"/api/v1/usage/{record}/explanation").status_code == 403


@pytest.mark.parametrize("record", ["0", "99999999999999999999", "x", "-1"])
def test_a_call_that_is_not_there_is_not_explained(
    program: Program, contoso: Organization, northwind: Organization, record: str
) -> None:
    answer = program(northwind, Scope.USAGE).get(f"/api/v1/usage/{record}/explanation")

    assert (answer.status_code, answer["Content-Type"]) in {
        (404, "application/problem+json"),
        (422, "application/problem+json"),
    }
