"""An account day by day: days that add up, in the organization's zone, from sums and from journals alike."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from credits import balance_history, expiry, history, sums
from credits.balance_history import Day
from credits.models import Account
from subscriptions import periods
from subscriptions.models import Organization
from tests.credits.desk import Desk, micros

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")
DAY = timedelta(days=1)
FIRST = date(2026, 11, 2)


@pytest.fixture
def desk(fabrikam: Organization) -> Desk:
    return Desk(fabrikam)


def days(account: Account, *, last: int, now: datetime, zone: ZoneInfo = UTC, first: int = 0) -> list[Day]:
    """The days counted from the first of the test."""
    since, until = FIRST + first * DAY, FIRST + last * DAY
    return balance_history.days(account, since=since, until=until, zone=zone, now=now)


def live(desk: Desk, now: datetime) -> None:
    """Eight days of everything that moves a balance."""
    desk.promote(10, now=now, ends=now + 5 * DAY)
    desk.buy(50, now=now + DAY)
    desk.spend(4, "2.5", now=now + 2 * DAY)
    desk.spend(1, now=now + 3 * DAY, key="wrong")
    desk.correct("wrong:0", micros("0.25"), now=now + 3 * DAY)
    expiry.expire_due(now=now + 6 * DAY)
    desk.adjust("-2", now=now + 7 * DAY)


def test_each_day_says_what_moved_the_balance(desk: Desk, now: datetime) -> None:
    live(desk, now)

    found = days(desk.account, last=7, now=now + 8 * DAY)

    assert [(day.closing, day.used, day.added, day.expired, day.other) for day in found] == [
        (Decimal(c), Decimal(u), Decimal(a), Decimal(e), Decimal(o))
        for c, u, a, e, o in (
            ("10", "0", "10", "0", "0"),
            ("60", "0", "50", "0", "0"),
            ("53.5", "6.5", "0", "0", "0"),
            ("52.75", "0.75", "0", "0", "0"),
            ("52.75", "0", "0", "0", "0"),
            ("52.75", "0", "0", "0", "0"),
            ("50", "0", "0", "2.75", "0"),
            ("48", "0", "0", "0", "-2"),
        )
    ]


@pytest.mark.parametrize("summed", [0, 2, 5, 9])
def test_sums_and_journals_give_the_same_days(desk: Desk, now: datetime, summed: int) -> None:
    live(desk, now)
    without = days(desk.account, last=7, now=now + 8 * DAY)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "CHUNK", summed)
        sums.sum_chunk(desk.account.pk)
    found = days(desk.account, last=7, now=now + 8 * DAY)

    assert found == without


@pytest.mark.parametrize("zone", ["UTC", "Asia/Taipei", "America/New_York", "Asia/Kathmandu", "America/Havana"])
def test_every_closing_balance_is_the_balance_at_the_end_of_that_day(desk: Desk, now: datetime, zone: str) -> None:
    here = ZoneInfo(zone)
    desk.promote(100, now=now - 2 * DAY)
    for hour in range(0, 24 * 7, 5):
        desk.spend("0.1", now=now - 2 * DAY + timedelta(hours=hour), key=f"at {hour}")
    sums.sum_due(now=now)

    found = days(desk.account, first=-3, last=6, now=now + 8 * DAY, zone=here)

    moment = timedelta(microseconds=1)
    ends = [periods.end_of_day(day.day, here) - moment for day in found]
    assert [day.closing for day in found] == [history.balance_at(desk.account, end) for end in ends]


def test_days_join(desk: Desk, now: datetime) -> None:
    live(desk, now)

    found = days(desk.account, first=-2, last=7, now=now + 8 * DAY)

    assert found[0].opening == 0
    assert [day.opening for day in found[1:]] == [day.closing for day in found[:-1]]


def test_a_span_of_the_past_ends_with_the_balance_of_then(desk: Desk, now: datetime) -> None:
    live(desk, now)
    sums.sum_due(now=now)

    found = days(desk.account, first=1, last=3, now=now + 8 * DAY)

    assert [day.closing for day in found] == [60, Decimal("53.5"), Decimal("52.75")]


def test_days_yet_to_come_are_left_out(desk: Desk, now: datetime) -> None:
    desk.promote(10, now=now)

    found = days(desk.account, last=40, now=now + DAY)

    assert [day.day for day in found] == [FIRST, FIRST + DAY]
    assert days(desk.account, first=5, last=9, now=now) == []


def test_the_total_of_days_is_a_day_that_adds_up(desk: Desk, now: datetime) -> None:
    live(desk, now)
    found = days(desk.account, last=7, now=now + 8 * DAY)

    whole = balance_history.total(found)

    assert (whole.opening, whole.closing) == (found[0].opening, found[-1].closing)
    assert (whole.used, whole.added, whole.expired, whole.other) == (Decimal("7.25"), 60, Decimal("2.75"), -2)


def test_an_account_without_anything_has_days_of_nothing(desk: Desk, now: datetime) -> None:
    found = days(desk.account, last=2, now=now + 2 * DAY)

    assert [(day.closing, day.opening) for day in found] == [(0, 0)] * 3


def test_a_year_costs_two_queries_whatever_there_is(
    desk: Desk, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for turn in range(3):
        with django_assert_num_queries(2):
            days(desk.account, first=-365, last=turn, now=now + turn * DAY)
        live(desk, now + 10 * turn * DAY) if turn == 0 else sums.sum_due(now=now)


def test_journals_that_a_sum_has_are_not_read(desk: Desk, now: datetime) -> None:
    live(desk, now)
    sums.sum_due(now=now)

    with CaptureQueriesContext(connection) as asked, connection.cursor() as cursor:
        days(desk.account, last=7, now=now + 8 * DAY)
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {asked[1]['sql']}")
        plan = [line for (line,) in cursor.fetchall()]

    reads = next(line for line in plan if "credits_journal " in line)
    assert "a_journal_is_of_one_account" in reads
    assert "rows=0" in reads
