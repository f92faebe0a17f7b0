"""The price of a call: the textbook's tables, the field's bugs, and what must hold for every tariff."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.pricing import Method, Rounding, Slot, Tariff, per_minute, price, rounded


def tariff(*slots: tuple[str, str, str, str], fee: str = "0", method: str = "none", decimals: int = 4) -> Tariff:
    parts = tuple(Slot(*map(Decimal, slot)) for slot in slots)
    return Tariff(parts, Decimal(fee), Rounding(Method(method), decimals))


@pytest.mark.parametrize(
    ("slots", "seconds", "billed", "cost"),
    [
        ([("0", "0.6", "60", "60")], 61, 120, "1.2"),
        ([("0", "0.6", "60", "30"), ("30", "0.6", "60", "6")], 31, 36, "0.36"),
        ([("0", "0.6", "60", "1")], 61, 61, "0.61"),
        ([("0", "2", "2", "3")], 3, 3, "3"),
        ([("0", "0", "0", "0")], 5, 5, "0"),
        # An increment of 45 reaches into the next slot, which begins at 45, and swallows one that is over by then.
        ([("0", "0.6", "60", "45"), ("30", "1.2", "60", "10")], 60, 65, "0.85"),
        ([("0", "0.6", "60", "45"), ("30", "1.2", "60", "10")], 40, 45, "0.45"),
        ([("0", "0.4", "60", "30"), ("60", "0.2", "60", "10")], 90, 90, "0.5"),
    ],
)
def test_slots_are_walked(slots: list[tuple[str, str, str, str]], seconds: int, billed: int, cost: str) -> None:
    found = price(tariff(*slots), seconds)

    assert (found.billed, found.cost) == (billed, Decimal(cost))


def test_no_seconds_cost_nothing_not_even_the_fee() -> None:
    assert price(tariff(("0", "1", "60", "60"), fee="0.8"), 0).cost == 0


def test_the_fee_is_due_once() -> None:
    two = tariff(("0", "0.4", "60", "30"), ("60", "0.2", "60", "10"), fee="0.8", method="up")

    assert price(two, 90).cost == Decimal("1.3000")


def test_the_price_stays_between_its_bounds() -> None:
    bounded = Tariff((Slot(Decimal(0), Decimal(1)),), min_cost=Decimal("1.5"), max_cost=Decimal("2.5"))

    assert [price(bounded, seconds).cost for seconds in (0, 60, 120, 180)] == [0, Decimal("1.5"), 2, Decimal("2.5")]


@pytest.mark.parametrize(
    ("method", "decimals", "total", "cost"),
    [
        ("up", 4, "0.00001", "0.0001"),
        ("down", 4, "0.00019", "0.0001"),
        ("middle", 4, "0.00005", "0.0001"),
        ("middle", 4, "0.00004", "0"),
        ("up", -1, "11", "20"),
        ("middle", 2, "1234.565", "1234.57"),
        ("up", 2, "1.231", "1.24"),
        ("none", 0, "1.23456789", "1.23456789"),
    ],
)
def test_totals_are_rounded(method: str, decimals: int, total: str, cost: str) -> None:
    assert rounded(Fraction(total), Rounding(Method(method), decimals)) == Decimal(cost)


def test_it_is_rounded_once_not_per_increment() -> None:
    """A third of a cent a second, sixty times: 0.20 and not 60 x 0.0034."""
    assert price(tariff(("0", "0.2", "60", "1"), method="up"), 60).cost == Decimal("0.2")


def test_the_sample_deck_has_whole_minutes() -> None:
    assert price(per_minute(Decimal("0.2718")), 61).cost == Decimal("0.5436")


slots = st.tuples(st.decimals(0, 5, places=4), st.sampled_from([1, 6, 30, 45, 60]), st.sampled_from([1, 7, 10, 60]))


@given(st.lists(slots, min_size=1, max_size=3), st.integers(1, 4000), st.integers(1, 4000))
def test_more_seconds_never_cost_less(parts: list[tuple[Decimal, int, int]], one: int, other: int) -> None:
    some = tariff(
        *((str(place * 40), str(rate), str(unit), str(step)) for place, (rate, unit, step) in enumerate(parts))
    )
    shorter, longer = sorted((one, other))

    less, more = price(some, shorter), price(some, longer)

    assert less.cost <= more.cost
    assert shorter <= less.billed <= more.billed
    assert sum(step.billed for step in more.steps) == more.billed
