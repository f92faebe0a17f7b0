"""Reports > Usage as people see it: filters, figures, pages, and what stays hidden."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rating import rollups
from rating.models import QuarantinedRow, UsageFile, UsageRecord
from subscriptions.models import Membership, Organization
from tests.factories import NOW, SubscriberFactory
from tests.rating.calls_on_pages import call, deck, rate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]


@pytest.fixture
def books_are_right() -> None:
    """The rows here are made by hand, for the eye only."""


def page_of(organization: Organization) -> str:
    return reverse("rating:usage", args=[organization.slug])


@pytest.mark.parametrize("role", Membership.Role.values)
def test_every_role_sees_the_calls(contoso: Organization, sign_in: SignIn, role: str) -> None:
    subscriber = SubscriberFactory.create(organization=contoso, display_name="Adele Vance")
    call(contoso, charge="0.4520", subscriber=subscriber, country="TW")

    html = sign_in(contoso, role=role).get(page_of(contoso)).content.decode()

    assert "Adele Vance" in html
    assert "Taiwan" in html
    assert "$0.4520" in html
    assert "4:16" in html


def test_another_organization_does_not_exist(contoso: Organization, northwind: Organization, sign_in: SignIn) -> None:
    call(northwind, destination="+4930999999")

    client = sign_in(contoso)

    assert client.get(page_of(northwind)).status_code == 404
    assert b"+4930999999" not in client.get(page_of(contoso)).content


def test_strangers_are_sent_to_sign_in(contoso: Organization, client: Client) -> None:
    answer = client.get(page_of(contoso))

    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


def test_a_reader_sees_numbers_masked_and_cannot_search_them(contoso: Organization, sign_in: SignIn) -> None:
    call(contoso, destination="+886223456789")
    reader = sign_in(contoso, role=Membership.Role.READER)

    html = reader.get(page_of(contoso)).content.decode()
    found = reader.get(page_of(contoso), {"q": "23456789"}).content.decode()

    assert "+88********89" in html
    assert "Number or subscriber" not in html
    assert "23456789" not in html
    assert "No calls in this time" in found


def test_others_search_by_number_however_it_is_written(contoso: Organization, sign_in: SignIn) -> None:
    call(contoso, destination="+886223456789")
    call(contoso, destination="+4930111111")

    html = sign_in(contoso).get(page_of(contoso), {"q": "886 (2) 2345-6789"}).content.decode()

    assert "+886223456789" in html
    assert "+4930111111" not in html


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"from": "yesterday"}, "Enter a day that exists"),
        ({"to": "2026-02-30"}, "Enter a day that exists"),
        ({"from": "2026-09-02", "to": "2026-09-01"}, "This day is before the first one."),
        ({"from": "1926-11-02", "to": "2026-11-02"}, "Choose a day between 2000 and 2199."),
        ({"from": "2000-01-01", "to": "2099-12-31"}, "Choose at most 13 months."),
        ({"from": "0001-01-01"}, "Choose a day between 2000 and 2199."),
        ({"to": "9999-12-31"}, "Choose a day between 2000 and 2199."),
        ({"type": "password"}, "Select a valid choice"),
        ({"country": "Atlantis"}, "No country or region has this in its name."),
        ({"country": "x" * 65}, "at most 64 characters"),
        ({"user": "x" * 129}, "at most 128 characters"),
        ({"state": "lost"}, "Select a valid choice"),
        ({"q": "x" * 65}, "at most 64 characters"),
        ({"q": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_a_filter_that_makes_no_sense_is_answered_at_the_filter(
    contoso: Organization, sign_in: SignIn, asked: dict[str, str], message: str
) -> None:
    answer = sign_in(contoso).get(page_of(contoso), asked)

    html = answer.content.decode()
    assert answer.status_code == 200
    assert message in html
    assert 'aria-invalid="true"' in html
    assert "<table" not in html


@pytest.mark.parametrize("place", ["abc", "-1", "0-0", "99999999999999999999-1", "9999999999999999-1", "1-", "\0"])
@pytest.mark.parametrize("name", ["older", "newer"])
def test_a_place_that_makes_no_sense_is_never_an_error(
    contoso: Organization, sign_in: SignIn, name: str, place: str
) -> None:
    call(contoso)

    assert sign_in(contoso).get(page_of(contoso), {name: place}).status_code == 200


def test_days_are_those_of_the_organization(contoso: Organization, sign_in: SignIn) -> None:
    call(contoso, started_at=datetime(2026, 9, 2, 3, 59, tzinfo=UTC), destination="+111111")
    call(contoso, started_at=datetime(2026, 9, 2, 4, 0, tzinfo=UTC), destination="+222222")

    html = sign_in(contoso).get(page_of(contoso), {"from": "2026-09-01", "to": "2026-09-01"}).content.decode()

    assert "+111111" in html
    assert "23:59:00" in html
    assert "America/New_York" in html
    assert "+222222" not in html


def test_the_totals_are_those_of_the_filter(contoso: Organization, sign_in: SignIn) -> None:
    call(contoso, charge="1.2500")
    call(contoso, charge="0.0001", call_type="conf_out")
    call(contoso, state=UsageRecord.State.COVERED, covered_minutes=5)

    everything = sign_in(contoso).get(page_of(contoso)).context["totals"]
    conferences = sign_in(contoso).get(page_of(contoso), {"type": "conf_out"}).context["totals"]

    assert (everything.calls, everything.minutes, everything.covered, f"{everything.charge:.4f}") == (
        3,
        15,
        5,
        "1.2501",
    )
    assert (conferences.calls, f"{conferences.charge:.4f}") == (1, "0.0001")


def test_pages_of_equal_starts_show_every_call_once(contoso: Organization, sign_in: SignIn) -> None:
    expected = [call(contoso).pk for _ in range(70)][::-1]
    client = sign_in(contoso)

    pages, url = [], page_of(contoso)
    while url:
        answer = client.get(url)
        pages.append([record.pk for record in answer.context["records"]])
        url = answer.context["older_url"] and page_of(contoso) + answer.context["older_url"]
    back = client.get(page_of(contoso) + answer.context["newer_url"])

    assert [len(page) for page in pages] == [25, 25, 20]
    assert list(chain.from_iterable(pages)) == expected
    assert [record.pk for record in back.context["records"]] == pages[1]


def test_the_filters_stay_while_turning_pages(contoso: Organization, sign_in: SignIn) -> None:
    for _ in range(26):
        call(contoso, charge="0.01")

    answer = sign_in(contoso).get(page_of(contoso), {"state": "charged", "newer": "1-1", "older": "2-2"})

    assert answer.context["older_url"].startswith("?state=charged&older=") or answer.context["newer_url"]
    assert "newer=1-1" not in answer.context["older_url"] + answer.context["newer_url"]


def test_nothing_found_offers_to_clear_the_filters(contoso: Organization, sign_in: SignIn) -> None:
    html = sign_in(contoso).get(page_of(contoso), {"state": "charged"}).content.decode()

    assert "No calls in this time" in html
    assert html.count("Clear filters") == 2


def test_what_waits_and_what_could_not_be_read_is_said(contoso: Organization, sign_in: SignIn) -> None:
    call(contoso, state=UsageRecord.State.WAITING, charged_at=None)
    file = UsageFile.objects.create(
        organization=contoso, name="september.csv", checksum="0" * 64, imported_at=NOW, rows=1, quarantined=1
    )
    QuarantinedRow.objects.create(file=file, line=7, column="Start Time", given="noon", reason="expected a date")

    html = sign_in(contoso).get(page_of(contoso)).content.decode()

    assert "1 call waits to be charged." in html
    assert "september.csv, line 7, Start Time: expected a date" in html


def test_flags_are_chips(contoso: Organization, sign_in: SignIn) -> None:
    call(contoso, unlicensed=True, licence_differs=True, state=UsageRecord.State.FREECALL)

    html = sign_in(contoso).get(page_of(contoso)).content.decode()

    for text in ("No credits license", "Usage names another license", "Free: no rate found"):
        assert text in html


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize("rows", [10, 200])
def test_the_number_of_queries_does_not_grow(
    contoso: Organization, sign_in: SignIn, rows: int, built: bool, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    published = deck(rate("886", "TW", "Taiwan", "0.0100"))
    for number in range(rows):
        subscriber = SubscriberFactory.create(organization=contoso)
        at = NOW - timedelta(minutes=number)
        call(contoso, started_at=at, subscriber=subscriber, rate=published.rates.get())
    if built:
        rollups.build_due(now=NOW)
    client = sign_in(contoso)

    with django_assert_num_queries(16 if built else 15):
        client.get(page_of(contoso))
