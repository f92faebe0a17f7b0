"""The replay of usage: the tables of docs/rehearsal.md, and what holds for all usage and all terms."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits import limits, rehearsal
from credits.forecast import Lot
from credits.rehearsal import Charge, Movement, Result, Terms
from subscriptions import money
from tests.docs.pages import table

PAGE = "docs/rehearsal.md"
ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2026, 10, 5, tzinfo=ZONE).astimezone(UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNIT = 10**6
WEEK = table(PAGE, "What is replayed")
OTHER_TERMS = table(PAGE, "What is replayed", nth=1)
LATER = START + 300 * DAY


def replayed(usage: list[Movement], terms: Terms, *, lots: list[Lot] | None = None, **asked: Any) -> Result:
    """Thirty days in Berlin, opening with 30."""
    lots = [Lot(30 * UNIT, LATER)] if lots is None else lots
    wanted = {"start": START, "end": START + 30 * DAY, "zone": ZONE, "limits": limits.of("USD"), **asked}
    return rehearsal.replay(lots, wanted.pop("overdraft", 0), usage, terms, **wanted)


def noon(day: int) -> datetime:
    return START + (day - 1) * DAY + 12 * HOUR


def the_week() -> list[Movement]:
    return [Movement(noon(int(row["day"])), -int(row["usage"]) * UNIT) for row in WEEK if row["usage"] != "0"]


def test_the_week_goes_as_the_page_says() -> None:
    found = replayed(the_week(), Terms(20 * UNIT, 50 * UNIT))

    points = [(START, 30 * UNIT), *found.points]
    for row in WEEK:
        until = noon(int(row["day"])) + HOUR
        of_day = [value for at, value in points if until - DAY < at <= until] or [points[0][1]]
        charged = sum(charge.micros for charge in found.charges if until - DAY < charge.at <= until)
        left = [value for at, value in points if at <= until][-1]
        low = min(of_day) if row["usage"] != "0" else left
        assert (row["day"], low, charged, left) == (
            row["day"], *(int(row[name]) * UNIT for name in ("low", "charged", "left"))
        )  # fmt: skip


@pytest.mark.parametrize("row", OTHER_TERMS, ids=lambda row: "-".join(row.values()))
def test_other_terms_do_as_the_page_says(row: dict[str, str]) -> None:
    cap, _, period = row["cap"].partition(" a ")
    caps: Any = {{"day": "daily_cap", "month": "monthly_cap"}[period]: int(cap) * UNIT} if period else {}
    terms = Terms(int(row["trigger"]) * UNIT, int(row["amount"]) * UNIT, **caps)

    found = replayed(the_week(), terms, end=START + 7 * DAY, delay=int(row["late days"]) * DAY)

    assert [
        len(found.charges),
        found.charged // UNIT,
        found.lowest // UNIT,
        Decimal(found.without_service / HOUR),
        len(found.refused),
    ] == [Decimal(row[name]) for name in ("charges", "charged", "lowest", "hours", "refused")]


def test_below_the_trigger_it_charges_at_the_start() -> None:
    found = replayed([], Terms(100 * UNIT, 50 * UNIT), lots=[], overdraft=20 * UNIT)

    assert found.charges == [Charge(START, START, 150 * UNIT)]
    assert (found.lowest, found.lowest_at, found.without_service) == (-20 * UNIT, START, timedelta(0))


def test_what_the_greatest_purchase_leaves_is_charged_next() -> None:
    found = replayed([Movement(noon(1), -25_000 * UNIT)], Terms(20 * UNIT, 3_000 * UNIT))

    assert [charge.micros // UNIT for charge in found.charges] == [9_000, 9_000, 9_000]


def test_a_lot_lapses_unused_and_the_trigger_sees_it() -> None:
    lots = [Lot(25 * UNIT, noon(3)), Lot(10 * UNIT, LATER)]

    found = replayed([Movement(noon(2), -5 * UNIT)], Terms(20 * UNIT, 50 * UNIT), lots=lots)

    assert found.lapsed == 20 * UNIT
    assert [(charge.at, charge.micros) for charge in found.charges] == [(noon(3), 50 * UNIT)]
    assert [lot.micros for lot in found.left] == [10 * UNIT, 50 * UNIT]


def test_what_expires_soon_counts_as_gone_where_the_terms_say_so() -> None:
    lots = [Lot(25 * UNIT, noon(10)), Lot(10 * UNIT, LATER)]

    found = replayed([], Terms(20 * UNIT, 50 * UNIT, ahead=4 * DAY), lots=lots)

    assert [(charge.at, charge.micros) for charge in found.charges] == [(noon(6), 50 * UNIT)]


def test_bought_credit_lapses_twelve_months_later_in_the_organizations_zone() -> None:
    found = replayed([], Terms(100 * UNIT, 100 * UNIT), lots=[])

    assert found.left == [Lot(100 * UNIT, datetime(2027, 10, 6, tzinfo=ZONE).astimezone(UTC))]


def test_a_cap_counts_what_was_bought_by_hand() -> None:
    bought = Movement(noon(1), 60 * UNIT, expires_at=LATER, bought=True)
    spent = Movement(noon(2), -85 * UNIT)

    found = replayed([bought, spent], Terms(20 * UNIT, 50 * UNIT, monthly_cap=100 * UNIT))

    assert found.refused[0] == (noon(2), datetime(2026, 11, 1, tzinfo=ZONE).astimezone(UTC))
    assert [charge.at for charge in found.charges] == [found.refused[0][1]]


def test_of_two_full_caps_the_longer_one_decides_until_when() -> None:
    spent = [Movement(noon(1) + hour * HOUR, -50 * UNIT) for hour in range(3)]
    terms = Terms(20 * UNIT, 50 * UNIT, daily_cap=50 * UNIT, weekly_cap=50 * UNIT)

    found = replayed(spent, terms)

    assert next(until for _, until in found.refused) == START + 7 * DAY


def test_money_that_came_in_by_hand_settles_what_is_owed() -> None:
    moved = [Movement(noon(1), -40 * UNIT), Movement(noon(2), 50 * UNIT, expires_at=noon(9))]

    found = replayed(moved, Terms(0, 50 * UNIT, monthly_cap=0))

    assert found.without_service == DAY + (START + 30 * DAY - noon(9))
    assert found.lapsed == 40 * UNIT


def test_the_opening_balance_lies_in_the_lots_that_expire_last() -> None:
    bought = [Lot(50 * UNIT, START + DAY), Lot(50 * UNIT, START + 9 * DAY), Lot(50 * UNIT, LATER)]

    some, nothing = (rehearsal.opening(bought, balance * UNIT, at=START, zone=ZONE) for balance in (70, -5))

    assert some == ([Lot(20 * UNIT, START + 9 * DAY), Lot(50 * UNIT, LATER)], 0)
    assert nothing == ([], 5 * UNIT)


def test_a_balance_above_all_lots_is_kept_a_year() -> None:
    lots, owed = rehearsal.opening([Lot(UNIT, LATER)], 3 * UNIT, at=START, zone=ZONE)

    assert [lot.micros for lot in lots] == [UNIT, 2 * UNIT]
    assert owed == 0


AMOUNTS = st.integers(1, 400 * UNIT)
USAGE = st.lists(st.tuples(st.integers(0, 24 * 30 - 1), AMOUNTS), max_size=25).map(
    lambda rows: [Movement(START + hour * HOUR, -micros) for hour, micros in sorted(rows)]
)
CAPS = st.one_of(st.none(), st.integers(50, 900).map(lambda cap: cap * UNIT))
TERMS = st.builds(
    Terms,
    st.integers(0, 900).map(lambda units: units * UNIT),
    st.sampled_from([50 * UNIT, 120 * UNIT, 10**10]),
    CAPS,
    CAPS,
    CAPS,
)


@given(usage=USAGE, terms=TERMS, late=st.sampled_from([0, 1, 3]), opens=st.integers(-200, 400))
def test_no_money_is_made_or_lost(usage: list[Movement], terms: Terms, late: int, opens: int) -> None:
    lots, owed = rehearsal.opening([Lot(999 * UNIT, START + 20 * DAY)], opens * UNIT, at=START, zone=ZONE)

    found = replayed(usage, terms, lots=lots, overdraft=owed, delay=late * DAY)

    arrived = sum(charge.micros for charge in found.charges if charge.arrives_at < START + 30 * DAY)
    spent = -sum(moved.micros for moved in usage)
    assert found.points[-1][1] == opens * UNIT + arrived - spent - found.lapsed
    assert found.lowest == min(value for _, value in found.points)
    assert all(charge.micros % terms.amount == 0 for charge in found.charges)


@given(usage=USAGE, terms=TERMS, late=st.sampled_from([0, 3]))
def test_no_period_is_charged_more_than_its_cap(usage: list[Movement], terms: Terms, late: int) -> None:
    found = replayed(usage, terms, delay=late * DAY)

    for period, cap in terms.caps():
        sums: dict[object, int] = {}
        for charge in found.charges:
            local = charge.at.astimezone(ZONE)
            name = {"day": local.date(), "week": local.isocalendar()[:2], "month": local.month}[period]
            sums[name] = sums.get(name, 0) + charge.micros
        assert all(total <= cap for total in sums.values())
    assert all(charge.micros <= money.to_micros(limits.of("USD").maximum) for charge in found.charges)


@given(usage=USAGE, trigger=st.integers(0, 900), amount=st.integers(50, 900))
def test_no_hour_begins_below_the_trigger_while_charges_come_at_once(
    usage: list[Movement], trigger: int, amount: int
) -> None:
    found = replayed(usage, Terms(trigger * UNIT, amount * UNIT))

    worst = max([-moved.micros for moved in usage], default=0)
    hours = {moved.at for moved in usage}
    if len(hours) == len(usage):
        assert found.lowest >= min(30 * UNIT, trigger * UNIT - worst)
        assert found.without_service == timedelta(0) or trigger == 0
