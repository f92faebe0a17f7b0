"""Rates by the API: who is let in, what is answered, and how a refusal is said."""

from collections.abc import Callable

import pytest
from django.test import Client

from rating.models import RateDeck
from subscriptions.keys import Scope
from subscriptions.models import ApiKey, Organization
from tests.rating import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
Program = Callable[..., Client]
RATES = "/api/v1/rates"


def test_the_rate_of_a_number(program: Program, contoso: Organization) -> None:
    cast.deck({"44 GB": "0.015", "447 GB": "0.32"})

    answer = program(contoso, Scope.RATES).get(RATES, {"number": "+44 7700 900123"})

    assert answer.status_code == 200
    said = answer.json()
    assert (said["number"], said["prefix"], said["per_minute"]) == ("+447700900123", "447", "0.320000")
    assert (said["effective_on"], said["currency"], said["country"]) == ("2025-10-15", "USD", "GB")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"number": "+999123456"}, 404, "no_rate"),
        ({"number": "+442079460000", "on": "2020-01-01"}, 404, "no_rate"),
        ({"number": "none"}, 422, "number"),
        ({}, 422, "invalid"),
        ({"number": "+44" * 20}, 422, "invalid"),
        ({"number": "+442079460000", "service": "telepathy"}, 422, "invalid"),
        ({"number": "+442079460000", "on": "31.12."}, 422, "invalid"),
    ],
)
def test_a_refusal_is_a_problem(
    program: Program, contoso: Organization, asked: dict[str, str], status: int, code: str
) -> None:
    cast.deck({"44 GB": "0.015"})

    answer = program(contoso).get(RATES, asked)

    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)


def test_conference_dial_out_has_the_outbound_rate_until_it_has_its_own(
    program: Program, contoso: Organization
) -> None:
    client, asked = program(contoso, Scope.RATES), {"number": "+442079460000", "service": "conference"}
    cast.deck({"44 GB": "0.015"})
    before = client.get(RATES, asked).json()
    cast.deck({"44 GB": "0.022"}, RateDeck.Service.CONFERENCE)

    after = client.get(RATES, asked).json()

    assert (before["per_minute"], after["per_minute"]) == ("0.015000", "0.022000")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer " + "x" * 5000, "Bearer \u00e9"])
@pytest.mark.usefixtures("contoso")
def test_strangers_are_not_let_in(client: Client, header: str) -> None:
    answer = client.get(RATES, {"number": "+442079460000"}, headers={"Authorization": header})

    assert (answer.status_code, answer.json()["code"], answer["WWW-Authenticate"]) == (401, "key", "Bearer")


def test_a_signed_in_person_is_no_program(sign_in: Callable[..., Client], contoso: Organization) -> None:
    assert sign_in(contoso).get(RATES, {"number": "+442079460000"}).status_code == 401


def test_a_key_is_good_for_its_scopes_only(program: Program, contoso: Organization) -> None:
    answer = program(contoso, Scope.CALLS).get(RATES, {"number": "+442079460000"})

    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


def test_a_revoked_key_is_refused(program: Program, contoso: Organization) -> None:
    bridge = program(contoso)
    ApiKey.objects.update(revoked_at=contoso.created_at)

    assert bridge.get(RATES, {"number": "+442079460000"}).status_code == 401


@pytest.mark.usefixtures("contoso")
def test_the_documentation_needs_nobody_elses_server(sign_in: Callable[..., Client], contoso: Organization) -> None:
    page = sign_in(contoso).get("/api/v1/docs/")

    assert page.status_code == 200
    assert "https://" not in page.text
