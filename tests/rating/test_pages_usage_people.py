"""Reports > Usage: whose calls cost most, and what is said when a search would take too long."""

from collections.abc import Callable
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from rating import overview
from rating.models import UsageRecord
from rating.patience import TookTooLong, within
from subscriptions.models import Membership, Organization
from tests.factories import SubscriberFactory
from tests.rating.calls_on_pages import call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]
#: Its package offers the view under the same name.
VIEW = import_module("rating.views.usage")


@pytest.fixture
def books_are_right() -> None:
    """The rows here are made by hand, for the eye only."""


def page_of(organization: Organization) -> str:
    return reverse("rating:usage", args=[organization.slug])


def person(organization: Organization, name: str, *charges: str, **given: str) -> None:
    """Somebody with calls of these charges."""
    upn = f"{name.lower()}@{organization.slug}.example"
    subscriber = SubscriberFactory.create(organization=organization, display_name=name, upn=upn)
    for charge in charges:
        call(organization, charge=charge, subscriber=subscriber, **given)


@pytest.mark.parametrize("role", Membership.Role.values)
def test_the_people_whose_calls_cost_most_come_first(
    contoso: Organization, northwind: Organization, sign_in: SignIn, role: str
) -> None:
    person(contoso, "Adele", "1", "0.50", "0")
    person(contoso, "Ben", "2.25")
    person(contoso, "Carla", "0")
    person(northwind, "Zoe", "99")
    call(contoso, charge="50")

    answer = sign_in(contoso, role=role).get(page_of(contoso))

    rows = [(row.subscriber.display_name, row.calls, row.minutes, row.charge) for row in answer.context["who"].rows]
    assert rows == [("Ben", 1, 5, Decimal("2.25")), ("Adele", 3, 15, Decimal("1.50"))]
    assert "Most was charged for Ben: $2.25" in answer.content.decode()
    assert "Zoe" not in answer.content.decode()


def test_only_the_first_few_are_named_and_lead_to_their_calls_of_the_same_time(
    contoso: Organization, sign_in: SignIn
) -> None:
    for number in range(7):
        person(contoso, f"P{number}", f"{number + 1}")

    answer = sign_in(contoso).get(page_of(contoso), {"from": "2026-11-01", "older": "1-1"})
    html = sign_in(contoso).get(page_of(contoso), {"from": "2026-11-01"}).content.decode()

    assert [row.subscriber.display_name for row in answer.context["who"].rows] == ["P6", "P5", "P4", "P3", "P2"]
    assert '<a href="?from=2026-11-01&amp;user=p6%40contoso.example">' in html


@pytest.mark.parametrize("asked", [{"type": "conf_in"}, {"user": "ben@contoso.example"}, {"to": "2026-10-01"}])
def test_without_anybody_to_compare_there_is_no_list(
    contoso: Organization, sign_in: SignIn, asked: dict[str, str]
) -> None:
    person(contoso, "Ben", "1")

    answer = sign_in(contoso).get(page_of(contoso), asked)

    assert not answer.context.get("who")
    assert "Top people" not in answer.content.decode()


def test_people_are_left_out_among_too_many_calls(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(contoso, "Ben", "1", "2", "3")
    monkeypatch.setattr(overview, "MOST", 2)

    assert sign_in(contoso).get(page_of(contoso)).context["who"] is None


def sleep(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def test_what_takes_too_long_is_given_up_and_breaks_nothing(contoso: Organization) -> None:
    with pytest.raises(TookTooLong), within(50):
        sleep(5)

    assert not UsageRecord.objects.filter(organization=contoso).exists()


def test_a_search_that_takes_too_long_asks_for_a_shorter_time(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(contoso, "Ben", "1")
    monkeypatch.setattr(VIEW, "_PATIENCE", 50)
    monkeypatch.setattr(overview, "of", lambda *_, **__: sleep(5))

    answer = sign_in(contoso).get(page_of(contoso), {"q": "4930"})

    assert answer.status_code == 200
    assert "This would take too long to find." in answer.content.decode()
    assert "Ben" not in answer.content.decode()


def test_the_page_does_without_people_who_cannot_be_counted_in_time(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(contoso, "Ben", "1")
    monkeypatch.setattr(VIEW, "_PATIENCE_WITH_PEOPLE", 50)
    monkeypatch.setattr(overview, "callers", lambda *_, **__: sleep(5))

    answer = sign_in(contoso).get(page_of(contoso))

    assert (answer.context["who"], len(answer.context["records"])) == (None, 1)
