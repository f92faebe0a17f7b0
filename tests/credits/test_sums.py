"""Journals added up by the quarter of an hour: all of them, each once, whoever charges meanwhile."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from credits import accounts, invariants, ledger, sums
from credits.models import Account, Journal, JournalSum, SummedTo
from subscriptions.models import Organization
from tests import factories
from tests.credits.booking import fund, spend
from tests.credits.together import at_once, calm

QUARTER = timedelta(minutes=15)


def two_calls(account: Account, *, now: datetime) -> None:
    """Under keys that nobody else thinks of."""
    with accounts.changing(account.pk, now=now) as locked:
        ledger.debit(locked, [ledger.Charge(f"call:{uuid4()}", 10_000, "") for _ in range(2)], now=now)


def wrong(now: datetime) -> list[dict[str, Any]]:
    return invariants.HEALTH["S02"](None, now)


@pytest.fixture(autouse=True)
def _sums_are_right(now: datetime, books_are_right: None) -> Iterator[None]:
    yield
    assert wrong(now) == []


@pytest.mark.django_db
def test_journals_of_one_kind_and_quarter_are_one_sum(fabrikam: Organization, now: datetime) -> None:
    fund(fabrikam.account, "50")
    spend(fabrikam.account, 30, times=3, now=now)
    spend(fabrikam.account, 10, now=now + QUARTER)

    sums.sum_due(now=now)

    found = JournalSum.objects.order_by("begins_at", "kind").values_list("begins_at", "kind", "movement", "count")
    assert list(found) == [
        (now, "grant", Decimal(50), 1),
        (now, "usage", Decimal("-0.90"), 3),
        (now + QUARTER, "usage", Decimal("-0.10"), 1),
    ]


@pytest.mark.django_db
def test_twice_is_once_and_what_comes_later_is_added(fabrikam: Organization, now: datetime) -> None:
    fund(fabrikam.account, "50")
    spend(fabrikam.account, 30, now=now)

    first = sums.sum_due(now=now)
    again = sums.sum_due(now=now)
    spend(fabrikam.account, 20, now=now)
    third = sums.sum_due(now=now)

    assert (first, again, third) == (1, 0, 1)
    assert JournalSum.objects.get(kind="usage").movement == Decimal("-0.50")
    assert SummedTo.objects.get().journal_id == Journal.objects.latest("pk").pk


@pytest.mark.django_db
def test_a_long_history_is_added_up_in_chunks(
    fabrikam: Organization, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "CHUNK", 4)
    fund(fabrikam.account, "50")
    spend(fabrikam.account, 10, times=9, now=now)

    sizes = [sums.sum_chunk(fabrikam.account.pk) for _ in range(4)]

    assert sizes == [4, 4, 2, 0]
    assert JournalSum.objects.get(kind="usage").count == 9


@pytest.mark.django_db
def test_the_accounts_of_others_are_not_touched(fabrikam: Organization, northwind: Organization, now: datetime) -> None:
    fund(fabrikam.account, "50")
    fund(northwind.account, "7")
    sums.sum_due(now=now)
    spend(northwind.account, 10, now=now)

    moved = sums.sum_due(now=now)

    assert moved == 1
    assert JournalSum.objects.get(account=northwind.account, kind="usage").movement == Decimal("-0.10")


@pytest.mark.django_db
def test_no_account_is_looked_for_by_reading_its_journals(fabrikam: Organization, now: datetime) -> None:
    fund(fabrikam.account, "50")
    spend(fabrikam.account, 1, times=200, now=now)

    with CaptureQueriesContext(connection) as asked, connection.cursor() as cursor:
        sums.sum_due(now=now)
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "a_journal_is_of_one_account" in plan
    assert "Limit" in plan


@pytest.mark.django_db(transaction=True)
def test_an_account_that_cannot_be_added_up_keeps_no_other_waiting(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ill, well = factories.fabrikam().account, factories.northwind().account
    fund(ill, "50")
    fund(well, "50")
    real = sums.sum_account

    def failing(account_id: int) -> None:
        if account_id == ill.pk:
            raise DatabaseError("out of order")
        real(account_id)

    monkeypatch.setattr(sums, "sum_account", failing)
    moved = sums.sum_due(now=now)

    assert moved == 1
    assert list(SummedTo.objects.values_list("account_id", flat=True)) == [well.pk]


@pytest.mark.django_db(transaction=True)
def test_sums_and_charges_together_lose_nothing_and_count_nothing_twice(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "CHUNK", 7)
    account = factories.fabrikam().account
    fund(account, "500")

    def charge() -> None:
        for turn in range(15):
            two_calls(account, now=now + turn * QUARTER)

    def add_up() -> None:
        for _ in range(25):
            sums.sum_chunk(account.pk)

    calm(at_once([charge, charge, charge, add_up, add_up]))
    sums.sum_due(now=now)

    assert wrong(now) == []
    assert sum(JournalSum.objects.values_list("count", flat=True)) == Journal.objects.count() == 1 + 3 * 15 * 2
    assert sum(JournalSum.objects.values_list("movement", flat=True)) == Account.objects.get(pk=account.pk).balance
