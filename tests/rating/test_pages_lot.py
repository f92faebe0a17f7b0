"""A credit lot: what became of it, and page by page the calls it paid for."""

import csv
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from credits import accounts, expiry, ledger
from credits.models import Journal, Lot
from rating import lot_lines
from rating.models import UsageRecord
from subscriptions import money
from subscriptions.models import Membership, Organization
from tests import fakes
from tests.credits.booking import charged, fund
from tests.factories import NOW, SubscriberFactory
from tests.rating.calls_on_pages import call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SignIn = Callable[..., Client]
#: What the page costs, however many entries the lot has.
QUERIES = 9


@pytest.fixture
def books_are_right() -> None:
    """The calls here are made by hand, for the eye only."""


def page_of(lot: Lot, name: str = "lot") -> str:
    return reverse(f"rating:{name}", args=[lot.account.organization.slug, lot.pk])


def paid(organization: Organization, *amounts: str, **given: Any) -> list[UsageRecord]:
    """Calls of these charges, booked in one batch."""
    calls = [call(organization, **given) for _ in amounts]
    with accounts.changing(organization.account.pk, now=NOW) as account:
        charges = [
            ledger.Charge(f"usage:{record.pk}", money.to_micros(Decimal(amount)), "call")
            for record, amount in zip(calls, amounts, strict=True)
        ]
        journals = ledger.debit(account, charges, now=NOW)
    for record, amount, journal in zip(calls, amounts, journals, strict=True):
        values = {"state": UsageRecord.State.CHARGED, "charge": Decimal(amount), "journal_id": journal}
        UsageRecord.objects.filter(pk=record.pk).update(**values)
    return calls


@pytest.mark.parametrize("role", Membership.Role.values)
def test_every_role_sees_what_became_of_the_lot(contoso: Organization, sign_in: SignIn, role: str) -> None:
    lot = fund(contoso.account, "50", expires_at=NOW + timedelta(days=9))
    (record,) = paid(contoso, "1.4545", subscriber=SubscriberFactory.create(organization=contoso, display_name="Adele"))

    page = sign_in(contoso, role).get(page_of(lot)).content.decode()

    assert "Lot of 2 November 2026" in page
    assert "Expires in 9 days" in page
    assert "Used $1.46, Left $48.54" in page
    assert "Adele" in page
    assert reverse("rating:call", args=[contoso.slug, record.pk]) in page
    assert ("+886223456789" in page) == (role != Membership.Role.READER)


def test_a_lot_of_another_organization_is_not_found(
    contoso: Organization, northwind: Organization, sign_in: SignIn
) -> None:
    lot, theirs = fund(contoso.account, "50"), fund(northwind.account, "7")
    client = sign_in(contoso)

    assert client.get(page_of(lot)).status_code == 200
    for name in ("lot", "lot_csv"):
        assert client.get(page_of(theirs, name)).status_code == 404
        assert client.get(reverse(f"rating:{name}", args=[contoso.slug, theirs.pk])).status_code == 404
        assert client.get(reverse(f"rating:{name}", args=[contoso.slug, 10**17])).status_code == 404


def test_a_purchase_leads_to_its_payment_and_receipt(
    contoso: Organization, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.install(monkeypatch)
    payment = charged(contoso.account)

    page = sign_in(contoso).get(page_of(payment.lot)).content.decode()

    assert reverse("credits:payment", args=[contoso.slug, payment.key]) in page
    assert "Receipt 1" in page


def test_each_entry_says_what_it_was(contoso: Organization, sign_in: SignIn) -> None:
    account = contoso.account
    (early,) = paid(contoso, "2")
    lot = fund(account, "10", expires_at=NOW + timedelta(hours=1))
    (late,) = paid(contoso, "3")
    with accounts.changing(account.pk, now=NOW) as locked:
        charge = Journal.objects.get(usage_record=late)
        ledger.correct(locked, charge, money.to_micros(Decimal(1)), key="back", why="Misrated", now=NOW)
    expiry.expire_due(now=NOW + timedelta(hours=2))

    lines = sign_in(contoso).get(page_of(lot)).context["lines"]

    told = [(line.title, line.entry.amount, line.call, line.reason) for line in lines]
    assert told == [
        ("Expired", -6, None, ""),
        ("Given back", 1, late, "Misrated"),
        ("Call paid", -3, late, ""),
        ("Overdraft of a call paid", -2, early, ""),
        ("Grant", 10, None, "Gift"),
    ]


def test_pages_lead_to_each_other(contoso: Organization, sign_in: SignIn) -> None:
    lot = fund(contoso.account, "50")
    paid(contoso, *["0.01"] * 70)
    client = sign_in(contoso)

    first = client.get(page_of(lot))
    second = client.get(page_of(lot) + first.context["older_url"])
    back = client.get(page_of(lot) + second.context["newer_url"])

    assert [len(answer.context["lines"]) for answer in (first, second, back)] == [40, 31, 40]
    assert back.context["lines"] == first.context["lines"]


@pytest.mark.parametrize("place", ["older=x", "newer=-1", "older=99999999999999999999", "older=1"])
def test_a_place_that_makes_no_sense_is_some_page(contoso: Organization, sign_in: SignIn, place: str) -> None:
    lot = fund(contoso.account, "50")

    assert sign_in(contoso).get(f"{page_of(lot)}?{place}").status_code == 200


def test_the_file_has_every_entry_in_order_and_masks_for_readers(contoso: Organization, sign_in: SignIn) -> None:
    lot = fund(contoso.account, "50")
    paid(contoso, "0.0145", "2")

    answers = [sign_in(contoso, role).get(page_of(lot, "lot_csv")) for role in ("owner", "reader")]

    files: list[list[dict[str, str]]] = []
    for answer in answers:
        assert isinstance(answer, StreamingHttpResponse)
        files.append(list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig")))))
    assert [row["Amount"] for row in files[0]] == ["50.000000", "-0.014500", "-2.000000"]
    assert [file[1]["Number"] for file in files] == ["'+886223456789", "'+88********89"]


def test_the_page_costs_the_same_however_many_entries_there_are(
    contoso: Organization, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lot = fund(contoso.account, "50")
    client = sign_in(contoso)
    paid(contoso, "0.01")
    with django_assert_num_queries(QUERIES):
        client.get(page_of(lot))

    paid(contoso, *["0.01"] * 60, subscriber=SubscriberFactory.create(organization=contoso))
    with django_assert_num_queries(QUERIES):
        answer = client.get(page_of(lot))

    assert len(answer.content) < 60_000


@pytest.mark.parametrize("read", [lot_lines.newest_first, lot_lines.older, lot_lines.newer])
def test_a_page_of_entries_begins_in_the_midst_of_an_index(
    contoso: Organization, read: Callable[..., list[lot_lines.Line]]
) -> None:
    lot = fund(contoso.account, "50")
    paid(contoso, *["0.01"] * 60)
    place = [] if read is lot_lines.newest_first else [lot.entries.order_by("pk")[30].pk]

    with CaptureQueriesContext(connection) as asked, connection.cursor() as cursor:
        read(lot, *place, limit=51)
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    # Where a lot has all the entries there are, their numbers alone serve as well.
    assert "entry_by_lot" in plan or (not place and "credits_entry_pkey" in plan)
    assert "Sort" not in plan
