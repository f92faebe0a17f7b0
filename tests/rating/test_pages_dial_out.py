"""Reports > Dial-out as people see it, and its file."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from subscriptions.models import Membership, Organization
from tests.factories import NOW, SubscriberFactory
from tests.rating.calls_on_pages import call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SignIn = Callable[..., Client]
OCTOBER = {"month": "2026-10"}


@pytest.fixture
def books_are_right() -> None:
    """The rows here are made by hand, for the eye only."""


def page_of(organization: Organization, name: str = "dial_out") -> str:
    return reverse(f"rating:{name}", args=[organization.slug])


def october(organization: Organization) -> None:
    """Adele's two calls, one of them covered, Ben's dearer one, a call that is no dial-out, and one of November."""
    adele, ben = (
        SubscriberFactory.create(organization=organization, display_name=name, upn=f"{name[0].lower()}@x.example")
        for name in ("Adele Vance", "=Ben")
    )
    at = datetime(2026, 10, 5, 12, tzinfo=UTC)
    call(organization, subscriber=adele, call_type="conf_out", started_at=at, charge="1.20")
    call(organization, subscriber=adele, call_type="conf_out", started_at=at)
    call(organization, subscriber=ben, call_type="conf_out", started_at=at, charge="2.50")
    call(organization, subscriber=ben, call_type="user_out", started_at=at, charge="7")
    call(organization, subscriber=ben, call_type="conf_out", started_at=NOW, charge="5")


@pytest.mark.parametrize("role", Membership.Role.values)
def test_every_role_sees_what_each_organizer_spent(contoso: Organization, sign_in: SignIn, role: str) -> None:
    october(contoso)

    answer = sign_in(contoso, role=role).get(page_of(contoso), OCTOBER)

    totals, html = answer.context["totals"], answer.content.decode()
    assert [(row.organizer.upn, row.calls, row.minutes) for row in answer.context["rows"]] == [
        ("=@x.example", 1, 5),
        ("a@x.example", 2, 10),
    ]
    assert (totals.organizers, totals.calls, totals.minutes, f"{totals.spent:.2f}") == (2, 3, 15, "3.70")
    assert "Dial-out in October 2026" in html
    assert "?type=dial_out&amp;user=a%40x.example&amp;from=2026-10-01&amp;to=2026-10-31" in html


def test_months_are_those_of_the_organization(contoso: Organization, sign_in: SignIn) -> None:
    call(contoso, call_type="conf_out", started_at=datetime(2026, 11, 1, 3, 59, tzinfo=UTC))
    client = sign_in(contoso)

    assert client.get(page_of(contoso), OCTOBER).context["totals"].calls == 1
    assert client.get(page_of(contoso)).context["totals"].calls == 0


def test_a_month_without_dial_out_says_so(contoso: Organization, sign_in: SignIn) -> None:
    html = sign_in(contoso).get(page_of(contoso)).content.decode()

    assert "No conference dialed out in this month" in html
    assert "Export to CSV" not in html


@pytest.mark.parametrize("month", ["2026-13", "x", "", "1999-01", "2026-12", "\0"])
def test_a_month_that_makes_no_sense_is_this_one(contoso: Organization, sign_in: SignIn, month: str) -> None:
    for name in ("dial_out", "dial_out_csv"):
        assert sign_in(contoso).get(page_of(contoso, name), {"month": month}).status_code == 200


def test_the_file_has_every_organizer_and_no_formula(contoso: Organization, sign_in: SignIn) -> None:
    october(contoso)

    answer = sign_in(contoso).get(page_of(contoso, "dial_out_csv"), OCTOBER)

    assert answer["Content-Disposition"] == 'attachment; filename="dial-out-contoso-2026-10.csv"'
    assert b"".join(answer).decode("utf-8-sig").splitlines() == [
        "Organizer,UPN,Dial-out calls,Minutes of use,Credits spent,Currency",
        "'=Ben,'=@x.example,1,5,2.500000,USD",
        "Adele Vance,a@x.example,2,10,1.200000,USD",
    ]


@pytest.mark.parametrize("name", ["dial_out", "dial_out_csv"])
def test_another_organization_does_not_exist(
    contoso: Organization, northwind: Organization, sign_in: SignIn, name: str
) -> None:
    assert sign_in(contoso).get(page_of(northwind, name)).status_code == 404


@pytest.mark.parametrize("organizers", [3, 70])
def test_the_page_asks_the_same_however_many_organizers(
    contoso: Organization, sign_in: SignIn, organizers: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(organizers):
        call(contoso, call_type="conf_out", subscriber=SubscriberFactory.create(organization=contoso))
    client = sign_in(contoso)

    with django_assert_max_num_queries(10):
        answer = client.get(page_of(contoso))

    assert len(answer.context["rows"]) == min(organizers, 50)
    assert ("20 more organizers are in the file." in answer.content.decode()) == (organizers == 70)
    assert len(answer.content) < 60_000
