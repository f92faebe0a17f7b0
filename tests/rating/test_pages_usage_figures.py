"""Reports > Usage: what the calls come to, its plots, and how large the page is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rating import overview, rollups
from rating.models import UsageRecord
from subscriptions.models import Membership, Organization
from tests.factories import NOW, SubscriberFactory
from tests.rating.calls_on_pages import call, deck, rate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]
#: The longest that the page's HTML may be, in bytes.
LARGEST = 60_000


@pytest.fixture
def books_are_right() -> None:
    """The rows here are made by hand, for the eye only."""


def page_of(organization: Organization) -> str:
    return reverse("rating:usage", args=[organization.slug])


def some_calls(organization: Organization) -> None:
    """Calls of several services, states and countries, over two months."""
    kinds = ("user_out", "conf_out", "conf_in", "user_in", "ucap_out_conf", "emergency_out")
    for number in range(60):
        given: dict[str, Any] = {"call_type": kinds[number % 6], "country": ("TW", "DE", "FR")[number % 3]}
        if number % 10 == 0:
            given |= {"state": UsageRecord.State.WAITING, "charged_at": None, "minutes": 0, "country": ""}
        elif number % 4 == 0:
            given["state"] = UsageRecord.State.COVERED
            given["covered_minutes"] = 5
        else:
            given["charge"] = f"0.{number:04}"
        call(organization, started_at=NOW - timedelta(days=number, hours=5), **given)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"from": "2026-10-01", "to": "2026-10-31"},
        {"type": "outbound"},
        {"type": "dial_out"},
        {"type": "user_in"},
        {"state": "covered"},
        {"state": "waiting"},
        {"country": "Taiwan"},
        {"country": "de", "type": "inbound", "state": "charged"},
        {"from": "2026-11-02", "to": "2026-11-02"},
    ],
)
def test_the_days_say_what_the_calls_say(contoso: Organization, sign_in: SignIn, asked: dict[str, str]) -> None:
    some_calls(contoso)
    client = sign_in(contoso)
    by_calls = client.get(page_of(contoso), asked).context

    rollups.build_due(now=NOW)
    by_days = client.get(page_of(contoso), asked).context

    assert rollups.is_usable(contoso)
    for figures in ("totals", "over_time", "where"):
        assert by_days[figures] == by_calls[figures], figures
    assert by_days["totals"].calls == len(by_days["records"]) or by_days["older_url"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"type": "calls_out"}, {"user_out"}),
        ({"type": "dial_in"}, {"conf_in"}),
        ({"type": "voice_apps"}, {"ucap_out_conf"}),
        ({"type": "inbound"}, {"conf_in", "user_in"}),
        ({"type": "emergency_out"}, {"emergency_out"}),
        ({"country": "Germany"}, {"conf_out", "ucap_out_conf"}),
        ({"country": "TW"}, {"user_out", "user_in"}),
    ],
)
def test_services_directions_and_destinations_are_filters(
    contoso: Organization, sign_in: SignIn, asked: dict[str, str], expected: set[str]
) -> None:
    some_calls(contoso)

    found = sign_in(contoso).get(page_of(contoso), asked).context["records"]

    assert {record.call_type for record in found} == expected


def test_one_person_is_asked_for_by_upn(contoso: Organization, sign_in: SignIn) -> None:
    adele, ben = (SubscriberFactory.create(organization=contoso, upn=f"{name}@x.example") for name in ("adele", "ben"))
    call(contoso, subscriber=adele)
    call(contoso, subscriber=ben)

    answer = sign_in(contoso).get(page_of(contoso), {"user": "Adele@x.example"})

    assert [record.subscriber for record in answer.context["records"]] == [adele]
    assert 'name="user"' in answer.content.decode()
    assert 'name="user"' not in sign_in(contoso).get(page_of(contoso)).content.decode()


def test_usual_times_keep_the_other_filters(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).get(page_of(contoso), {"state": "charged", "from": "2026-10-01", "to": "2026-10-31"})

    shown = {str(preset.label): preset for preset in answer.context["presets"]}
    assert shown["Last month"].is_shown
    assert shown["Today"].address == "?state=charged&from=2026-11-02&to=2026-11-02"
    assert [name for name, preset in shown.items() if preset.is_shown] == ["Last month"]


def test_charges_are_drawn_by_service_with_a_table(contoso: Organization, sign_in: SignIn) -> None:
    call(contoso, charge="1.25", started_at=datetime(2026, 10, 30, 12, tzinfo=UTC), country="TW")
    call(contoso, charge="0.50", started_at=datetime(2026, 11, 1, 12, tzinfo=UTC), country="DE", call_type="conf_out")

    answer = sign_in(contoso).get(page_of(contoso))

    plot, html = answer.context["over_time"], answer.content.decode()
    assert plot.rows == [
        ("30 October 2026", [Decimal("1.25"), Decimal(0), Decimal("1.25")]),
        ("31 October 2026", [Decimal(0), Decimal(0), Decimal(0)]),
        ("1 November 2026", [Decimal(0), Decimal("0.50"), Decimal("0.50")]),
    ]
    assert [series.label for series in plot.series] == ["Outbound calls", "Conference dial-out"]
    assert [row.country for row in answer.context["where"].rows] == ["TW", "DE"]
    for words in ("Charge per day", "most on 30 October 2026: $1.25", "Most was charged for Taiwan: $1.25"):
        assert words in html


@pytest.mark.parametrize(("days", "title"), [(31, "day"), (32, "week"), (182, "week"), (183, "month"), (390, "month")])
def test_the_longer_the_time_the_wider_the_columns(
    contoso: Organization, sign_in: SignIn, days: int, title: str
) -> None:
    call(contoso, charge="1", country="TW")
    call(contoso, charge="2", country="TW", started_at=NOW - timedelta(days=days - 1, hours=1))

    plot = sign_in(contoso).get(page_of(contoso)).context["over_time"]

    assert plot.title == f"Charge per {title}"
    assert sum(values[-1] for _, values in plot.rows) == 3
    assert len(plot.rows) <= 31


def test_too_many_calls_are_listed_and_not_counted(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "MOST", 5)
    some_calls(contoso)

    answer = sign_in(contoso).get(page_of(contoso), {"q": "886"})

    assert len(answer.context["records"]) == 25
    assert answer.context["over_time"] is None
    assert "Choose a shorter time" in answer.content.decode()


def test_how_far_the_calls_are_complete_is_said(contoso: Organization, sign_in: SignIn) -> None:
    began = datetime(2026, 10, 29, 12, 15, tzinfo=UTC)
    call(contoso, started_at=began, received_at=NOW - timedelta(hours=2))
    shown = began.astimezone(contoso.zone)

    html = sign_in(contoso).get(page_of(contoso)).content.decode()

    assert f"Complete up to 29 October 2026, {shown:%H:%M}" in html


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_a_full_page_is_small(contoso: Organization, sign_in: SignIn, language: str) -> None:
    published = deck(*(rate(f"{886 + number}", "TW", "Taiwan Mobile", "0.0100") for number in range(50)))
    kinds = ("user_out", "conf_out", "conf_in", "ucap_out")
    countries = ("TW", "DE", "FR", "GB", "US", "CA", "JP", "AE", "BA", "VC", "DO")
    for number, rated in enumerate(published.rates.all()):
        subscriber = SubscriberFactory.create(organization=contoso, display_name="Henrietta Mueller")
        given = {"subscriber": subscriber, "rate": rated, "country": countries[number % 11]}
        at = NOW - timedelta(days=number % 31)
        call(contoso, charge="123.4567", call_type=kinds[number % 4], started_at=at, covered_minutes=4, **given)
    call(contoso)
    rollups.build_due(now=NOW)
    client = sign_in(contoso, role=Membership.Role.OWNER)
    client.cookies["django_language"] = language

    answer = client.get(page_of(contoso))

    assert (len(answer.context["records"]), len(answer.context["over_time"].rows)) == (25, 31)
    assert len(answer.content) < LARGEST, len(answer.content)
