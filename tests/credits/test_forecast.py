"""How long credit lasts and what lapses: the table of docs/rehearsal.md, and what holds for all lots."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits import forecast
from credits.forecast import Lot, Rate
from tests.docs.pages import table

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
UNIT = 10**6

ROWS = table("docs/rehearsal.md", "What lapses, and how long it lasts")


def days(length: timedelta) -> Fraction:
    return Fraction(length // timedelta(microseconds=1), DAY // timedelta(microseconds=1))


def listed(cell: str) -> list[Lot]:
    """`100: 300` is a lot of 100 that expires in 300 days."""
    pairs = [part.split(":") for part in cell.split(",")]
    return [Lot(int(micros) * UNIT, NOW + int(lasts) * DAY) for micros, lasts in pairs]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["lots (left: days until it expires)"])
def test_lots_lapse_and_last_as_the_page_says(row: dict[str, str]) -> None:
    lots = listed(row["lots (left: days until it expires)"])
    rate = Rate(int(row["a day"]) * 30 * UNIT, 30 * DAY)

    lapsing = forecast.lapsing(lots, rate, now=NOW)
    trigger = forecast.reaches(20 * UNIT, lots, rate, now=NOW)
    lasts = forecast.runway(lots, rate, now=NOW)

    assert [micros // UNIT for micros in lapsing] == [int(cell) for cell in row["lapses"].split(",")]
    assert days(trigger - NOW) == Fraction(row["trigger"])
    assert (None if lasts is None else days(lasts)) == (None if row["runway"] == "never" else Fraction(row["runway"]))


def test_what_is_owed_and_what_has_expired_does_not_count() -> None:
    lots = [Lot(10 * UNIT, NOW), Lot(10 * UNIT, NOW + 99 * DAY)]

    lasts = forecast.runway(lots, Rate(UNIT, DAY), overdraft=4 * UNIT, now=NOW)

    assert lasts == 6 * DAY


def test_nothing_left_lasts_no_time() -> None:
    assert forecast.runway([], Rate(UNIT, DAY), overdraft=UNIT, now=NOW) == timedelta(0)


def test_a_card_is_good_until_its_month_is_over() -> None:
    assert forecast.first_day_without(2027, 12) == date(2028, 1, 1)


LOTS = st.lists(
    st.builds(Lot, st.integers(1, 10**9), st.integers(1, 400).map(lambda lasts: NOW + lasts * DAY)),
    min_size=1,
    max_size=6,
)


@given(lots=LOTS, spent=st.integers(1, 10**9))
def test_day_by_day_comes_to_the_same(lots: list[Lot], spent: int) -> None:
    """Spending a day's share each day, and dropping what has expired, leaves and loses what the formula says."""
    lots = sorted(lots, key=lambda lot: lot.expires_at)
    rate = Rate(spent, DAY)

    said = forecast.lapsing(lots, rate, now=NOW)

    left = [lot.micros for lot in lots]
    for day in range(400):
        due = spent
        for turn, lot in enumerate(lots):
            if lot.expires_at > NOW + day * DAY:
                taken = min(due, left[turn])
                left[turn] -= taken
                due -= taken
    assert all(abs(one - other) <= len(lots) for one, other in zip(said, left, strict=True))


@given(lots=LOTS, spent=st.integers(0, 10**9), level=st.integers(0, 10**9))
def test_a_lower_level_is_never_reached_earlier(lots: list[Lot], spent: int, level: int) -> None:
    lots = sorted(lots, key=lambda lot: lot.expires_at)
    rate = Rate(spent, 30 * DAY)

    higher = forecast.reaches(level, lots, rate, now=NOW)
    zero = forecast.reaches(0, lots, rate, now=NOW)

    assert NOW <= higher <= zero <= max(lot.expires_at for lot in lots)
