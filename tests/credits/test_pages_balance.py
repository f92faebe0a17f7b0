"""Reports > Balance: days that add up as they are shown, periods, pages, a file; and the card that renews itself."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from credits import sums
from credits.balance_report import Row
from credits.models import Account
from subscriptions.models import Organization
from tests import fakes
from tests.credits.booking import charged, fund, spend, url
from tests.factories import NOW, MembershipFactory, OrganizationFactory
from tests.fakes import FakeGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]
HTMX = {"HX-Request": "true"}
#: What the report costs, however much there is.
QUERIES = 10


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    return fakes.install(monkeypatch)


def live(account: Account) -> None:
    """A gift and a purchase today; calls of odd amounts over the ten days before."""
    for turn in range(10):
        spend(account, 7, times=3, now=NOW - timedelta(days=10 - turn, minutes=turn))
    fund(account, "50.005")
    charged(account)


def adds_up(row: Row) -> bool:
    return row.opening + row.added - row.used - row.expired + row.other == row.closing


def test_days_are_shown_newest_first_and_each_adds_up(contoso: Organization, sign_in: SignIn) -> None:
    live(contoso.account)

    rows = sign_in(contoso).get(url(contoso, "balance")).context["rows"]

    assert rows[0].day.isoformat() == "2026-11-02"
    assert [row.closing for row in rows[1:]] == [row.opening for row in rows[:-1]]
    assert all(adds_up(row) for row in rows)
    assert sum(1 for row in rows if not row.still) == 11


def test_the_whole_period_adds_up_and_says_so(contoso: Organization, sign_in: SignIn) -> None:
    live(contoso.account)

    answer = sign_in(contoso).get(url(contoso, "balance"))

    whole = answer.context["whole"]
    assert adds_up(whole)
    assert (whole.opening, whole.added, whole.closing) == (Decimal("0.00"), Decimal("100.00"), Decimal("97.90"))
    assert "It adds up: $0.00 + $100.00 added − $2.10 used − $0.00 expired = $97.90." in answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "count", "last"),
    [
        ({}, 90, "2026-11-02"),
        ({"days": "30"}, 30, "2026-11-02"),
        ({"days": "365"}, 365, "2026-11-02"),
        ({"from": "2026-10-01", "to": "2026-10-05"}, 5, "2026-10-05"),
        ({"from": "2026-10-30"}, 4, "2026-11-02"),
        ({"to": "2026-10-05", "days": "30"}, 30, "2026-10-05"),
        ({"from": "2026-10-30", "to": "2030-01-01"}, 0, ""),
        ({"from": "2026-10-30", "to": "2027-01-01"}, 4, "2026-11-02"),
        ({"from": "2027-01-01", "to": "2027-02-01"}, 0, ""),
        ({"from": "2001-01-01"}, 732, "2003-01-02"),
    ],
)
def test_the_period_is_that_of_the_address(
    contoso: Organization, sign_in: SignIn, asked: dict[str, str], count: int, last: str
) -> None:
    answer = sign_in(contoso).get(url(contoso, "balance"), asked)

    days = answer.context.get("days") or []
    assert len(days) == count
    assert not count or days[-1].day.isoformat() == last


@pytest.mark.parametrize(
    "asked", [{"days": "7"}, {"from": "yesterday"}, {"from": "2026-10-05", "to": "2026-10-01"}, {"to": "0001-01-01"}]
)
def test_a_period_that_makes_no_sense_is_answered_at_its_field(
    contoso: Organization, sign_in: SignIn, asked: dict[str, str]
) -> None:
    client = sign_in(contoso)

    page = client.get(url(contoso, "balance"), asked)
    file = client.get(url(contoso, "balance_csv"), asked)

    assert page.status_code == 200
    assert page.context["form"].errors
    assert file.status_code == 302


def test_a_long_period_has_pages_that_join(contoso: Organization, sign_in: SignIn) -> None:
    client = sign_in(contoso)
    seen, address = [], "?days=90"
    while address:
        answer = client.get(url(contoso, "balance") + address)
        seen.append([row.day for row in answer.context["rows"]])
        address = answer.context["older_url"]
    back = client.get(url(contoso, "balance") + answer.context["newer_url"])

    assert [len(days) for days in seen] == [31, 31, 28]
    assert sorted({day for days in seen for day in days}) == [day.day for day in answer.context["days"]]
    assert [row.day for row in back.context["rows"]] == seen[1]


def test_the_plot_marks_funds_and_says_in_words_what_it_shows(contoso: Organization, sign_in: SignIn) -> None:
    live(contoso.account)

    page = sign_in(contoso).get(url(contoso, "balance")).content.decode()

    assert "the balance went from $0.00 to $97.90. It was lowest on" in page
    assert "<title>$100.00 added, 2 November 2026</title>" in page


def test_the_file_has_every_day_exactly_and_in_order(contoso: Organization, sign_in: SignIn) -> None:
    live(contoso.account)

    answer = sign_in(contoso).get(url(contoso, "balance_csv"), {"days": "30"})

    assert isinstance(answer, StreamingHttpResponse)
    rows = list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert len(rows) == 30
    assert rows[-1]["Day"] == "2026-11-02"
    assert Decimal(rows[-1]["Closing balance"]) == Decimal("97.905")
    assert [row["Opening balance"] for row in rows[1:]] == [row["Closing balance"] for row in rows[:-1]]


def test_the_report_costs_the_same_however_much_there_is(
    contoso: Organization, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(contoso)
    with django_assert_num_queries(QUERIES):
        client.get(url(contoso, "balance"))

    live(contoso.account)
    sums.sum_due(now=NOW)
    with django_assert_num_queries(QUERIES):
        small = client.get(url(contoso, "balance"), {"days": "365"})

    assert len(small.content) < 60_000


def test_an_organization_without_an_account_has_a_report_of_nothing(sign_in: SignIn) -> None:
    fresh = OrganizationFactory.create(slug="fresh")
    MembershipFactory.create(organization=fresh)

    answer = sign_in(fresh).get(url(fresh, "balance"))

    assert answer.context["whole"].still


def card_of(client: Client, organization: Organization) -> str:
    """The address that the card on the main page asks for news."""
    page = client.get(url(organization, "overview")).content.decode()
    found = re.search(r'hx-get="([^"]+)"', page)
    assert found
    return found[1]


def test_the_card_says_nothing_while_nothing_changes(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "50")
    client = sign_in(contoso)
    address = card_of(client, contoso)

    answers = [client.get(address, headers=HTMX) for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2


def test_a_changed_balance_comes_with_one_sentence(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "50")
    client = sign_in(contoso)
    address = card_of(client, contoso)
    spend(contoso.account, 180)

    answer = client.get(address, headers=HTMX)

    page = answer.content.decode()
    assert "The balance is now $48.20." in page
    assert 'hx-swap-oob="innerHTML"' in page
    again = re.search(r'hx-get="([^"]+)"', page)
    assert again
    assert client.get(again[1], headers=HTMX).status_code == 204


def test_what_leaves_the_balance_renews_the_card_in_silence(contoso: Organization, sign_in: SignIn) -> None:
    fund(contoso.account, "50")
    client = sign_in(contoso)
    address = card_of(client, contoso)
    Account.objects.filter(pk=contoso.account.pk).update(held=Decimal(3))

    page = client.get(address, headers=HTMX).content.decode()
    Account.objects.filter(pk=contoso.account.pk).update(held=Decimal(0))

    assert "$3.00" in page
    assert "The balance is now" not in page


def test_no_news_are_cheap(
    contoso: Organization, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fund(contoso.account, "50")
    client = sign_in(contoso)
    address = card_of(client, contoso)

    with django_assert_max_num_queries(8):
        client.get(address, headers=HTMX)


@pytest.mark.parametrize("seen", ["", "x", "50.00_", "é" * 3000])
def test_whatever_was_seen_the_card_comes(contoso: Organization, sign_in: SignIn, seen: str) -> None:
    answer = sign_in(contoso).get(url(contoso, "balance_news"), {"seen": seen}, headers=HTMX)

    assert answer.status_code == 200
    assert 'id="balance-card"' in answer.content.decode()


def test_without_script_the_address_of_the_card_is_the_page(contoso: Organization, sign_in: SignIn) -> None:
    answer = sign_in(contoso).get(url(contoso, "balance_news"))

    assert answer["Location"] == url(contoso, "overview")
