"""Credit lots: the whole list in pages, filtered, and as a file; and how the main page shows them."""

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from credits import accounts, expiry, ledger
from credits.models import Lot
from subscriptions.models import Organization
from tests import fakes
from tests.credits.booking import charged, fund, spend, url
from tests.factories import NOW
from tests.fakes import FakeGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]
#: What the list costs, with and without lots.
QUERIES = 9


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


def amounts(client: Client, organization: Organization, **asked: str) -> list[int]:
    """The amounts of the lots on the page, in its order."""
    return [int(row.lot.amount) for row in client.get(url(organization, "lots"), asked).context["rows"]]


def void(lot: Lot) -> None:
    actor = lot.account.organization.memberships.get(role="owner").user
    with accounts.changing(lot.account_id, now=NOW) as locked:
        ledger.void(locked, lot, key="void", why="wrong", actor=actor, now=NOW)


def test_all_lots_are_listed_newest_first_and_can_be_filtered(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "10", key="first", expires_at=NOW + timedelta(hours=1))
    fund(contoso.account, "20", key="second")
    expiry.expire_due(now=NOW + timedelta(hours=2))
    client = sign_in(contoso)

    assert amounts(client, contoso) == [20, 10]
    assert amounts(client, contoso, state="open") == [20]
    assert amounts(client, contoso, state="closed") == [10]


def test_a_filter_that_makes_no_sense_is_answered_at_its_field(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)

    answer = client.get(url(contoso, "lots"), {"state": "lost"})
    file = client.get(url(contoso, "lots_csv"), {"state": "lost"})

    assert "state" in answer.context["form"].errors
    assert file.status_code == 302


@pytest.mark.parametrize("place", ["newer=x", "older=-1", "older=99999999999999999999", "newer=", "older=1&newer=2"])
def test_a_place_that_makes_no_sense_is_some_page(contoso: Organization, sign_in: SignIn, place: str) -> None:
    fund(contoso.account, "10")

    answer = sign_in(contoso).get(f"{url(contoso, 'lots')}?{place}")

    assert answer.status_code == 200


def test_pages_lead_to_each_other_and_keep_the_filter(contoso: Organization, sign_in: SignIn) -> None:
    for number in range(60):
        fund(contoso.account, str(100 + number), key=f"gift {number}")
    client = sign_in(contoso)
    first = client.get(url(contoso, "lots"), {"state": "open"})

    second = client.get(url(contoso, "lots") + first.context["older_url"])
    back = client.get(url(contoso, "lots") + second.context["newer_url"])

    assert [len(answer.context["rows"]) for answer in (first, second, back)] == [25, 25, 25]
    assert [row.lot.pk for row in back.context["rows"]] == [row.lot.pk for row in first.context["rows"]]
    assert "state=open" in first.context["older_url"]
    assert "older=" in second.context["older_url"]


def test_the_file_has_every_lot_exactly(contoso: Organization, sign_in: SignIn) -> None:
    payment = charged(contoso.account)
    spend(contoso.account, 123, now=NOW)

    answer = sign_in(contoso).get(url(contoso, "lots_csv"))

    assert isinstance(answer, StreamingHttpResponse)
    (row,) = csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig")))
    assert (row["Amount"], row["Used"], row["Left"]) == ("50.000000", "1.230000", "48.770000")
    assert (row["State"], row["Payment"]) == ("Active", str(payment.key))
    assert row["Bought"] == "2026-11-02T04:00:00-05:00"


def test_without_lots_the_way_to_the_first_is_shown_to_those_who_may(sign_in: SignIn, contoso: Organization) -> None:
    may = sign_in(contoso).get(url(contoso, "lots")).content.decode()
    may_not = sign_in(contoso, "reader").get(url(contoso, "lots")).content.decode()

    assert "No funds yet" in may
    assert url(contoso, "add_funds") in may
    assert url(contoso, "add_funds") not in may_not


def test_the_list_costs_the_same_however_many_there_are(
    contoso: Organization, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(contoso)
    fund(contoso.account, "10")
    with django_assert_num_queries(QUERIES):
        client.get(url(contoso, "lots"))

    for number in range(60):
        charged(contoso.account) if number < 5 else fund(contoso.account, "10", key=f"gift {number}")
    with django_assert_num_queries(QUERIES):
        answer = client.get(url(contoso, "lots"))

    assert len(answer.content) < 60_000


def test_the_main_page_has_a_column_for_what_was_taken_back_only_where_any_was(
    contoso: Organization, sign_in: SignIn
) -> None:
    lot = fund(contoso.account, "10")
    client = sign_in(contoso)
    before = client.get(url(contoso, "overview")).content.decode()

    void(lot)
    after = client.get(url(contoso, "overview")).content.decode()

    assert 'data-label="Taken back"' not in before
    assert 'data-label="Taken back"' in after


def test_a_frozen_lot_is_explained(contoso: Organization, sign_in: SignIn) -> None:
    lot = charged(contoso.account).lot
    with accounts.changing(contoso.account.pk, now=NOW) as locked:
        ledger.freeze(locked, lot, now=NOW)

    page = sign_in(contoso).get(url(contoso, "overview")).content.decode()

    assert "A frozen lot waits: its payment is disputed with the bank." in page


def test_more_lots_than_are_shown_are_said_and_linked(contoso: Organization, sign_in: SignIn) -> None:
    for number in range(13):
        fund(contoso.account, "10", key=f"gift {number}")

    answer = sign_in(contoso).get(url(contoso, "overview"))

    assert len(answer.context["lots"]) == 6
    assert "The first 6 are shown." in answer.content.decode()
    assert url(contoso, "lots") in answer.content.decode()
