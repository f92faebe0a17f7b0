"""The price of a call: the walk through its slots, its bounds, its rounding, and tariffs that can't be."""

from decimal import Decimal
from fractions import Fraction

import pytest

from rating.pricing import BadCall, BadTariff, Method, Rounding, Slot, Tariff, as_decimal, per_minute, price, rounded
from tests.rating.pricing.cast import tariff

TWO = "0:0.4/60/30 60:0.2/60/10"
#: An increment of 45 reaches into the next slot.
REACHING = "0:0.6/60/45 30:1.2/60/10"


@pytest.mark.parametrize(
    ("slots", "seconds", "billed", "cost"),
    [
        ("0:0.6/60/60", "61", 120, "1.2"),
        ("0:0.6/60/30 30:0.6/60/6", "31", 36, "0.36"),
        ("0:0.6/60/30 30:0.6/60/6", "30", 30, "0.3"),
        ("0:0.6/60/1", "61", 61, "0.61"),
        ("0:0.6/60/1", "60.001", 61, "0.61"),
        ("0:0.6/60/0.5", "60.1", Fraction(121, 2), "0.605"),
        ("0:2/2/3", "3", 3, "3"),
        ("0:0.2/60/10", "61", 70, "0.23333333333333333333333333333333333333333333333333"),
        # A unit or an increment of 0 means 1, and a rate of 0 divides by neither.
        ("0:0/0/0", "5", 5, "0"),
        ("0:0.1/0/60", "5", 60, "6"),
        ("0:0.6/60/0", "61", 61, "0.61"),
        (REACHING, "60", 65, "0.85"),
        # What is over before the overrun ends vanishes; here the call ends inside it.
        (REACHING, "40", 45, "0.45"),
        (REACHING, "46", 55, "0.65"),
        ("0:0.6/60/60 30:9/60/1 50:0.1/10/10", "65", 70, "0.7"),
        (TWO, "90", 90, "0.5"),
        (TWO, "1", 30, "0.2"),
        # The second slot begins where the first one's billed time ends, its increments with it.
        ("0:0.4/60/35 60:0.2/60/10", "75", 80, "0.5"),
        ("0:0/60/60 60:0.2/60/60", "60", 60, "0"),
    ],
)
def test_slots_are_walked(slots: str, seconds: str, billed: Fraction, cost: str) -> None:
    found = price(tariff(slots), Decimal(seconds))

    assert (found.billed, found.cost) == (billed, Decimal(cost))


def test_every_step_is_explained() -> None:
    first, second = price(tariff(REACHING, fee="0.1"), 60).steps

    assert (first.start, first.used, first.billed, first.increments, first.cost) == (0, 30, 45, 1, Fraction("0.45"))
    assert (second.start, second.used, second.billed, second.increments, second.cost) == (
        45,
        15,
        20,
        2,
        Fraction("0.4"),
    )
    assert first.slot.rate == Decimal("0.6")
    assert first.window is None


@pytest.mark.parametrize("seconds", [0, Decimal("0.0"), -5])
def test_no_seconds_cost_nothing_not_even_the_fee(seconds: Decimal | int) -> None:
    found = price(tariff(TWO, fee="0.8", min_cost="3"), seconds)

    assert (found.cost, found.billed, found.steps) == (0, 0, ())


def test_the_fee_is_due_once() -> None:
    two = tariff(TWO, fee="0.8", rounding="up 4")

    assert [price(two, seconds).cost for seconds in (1, 61, 90)] == [1, Decimal("1.2334"), Decimal("1.3")]


def test_the_price_stays_between_its_bounds() -> None:
    bounded = tariff("0:1/60/60", fee="0.2", min_cost="1.5", max_cost="2.5")

    assert [price(bounded, seconds).cost for seconds in (0, 60, 120, 180)] == list(
        map(Decimal, ["0", "1.5", "2.2", "2.5"])
    )


def test_a_finished_call_is_not_capped_where_the_cap_ends_it() -> None:
    assert price(tariff("0:1/60/60", max_cost="2.5", ends_at_max=True), 180).cost == 3


def test_the_multiplier_comes_after_the_bounds_and_before_rounding() -> None:
    taxed = tariff("0:0.333/60/60", rounding="up 2", max_cost="0.5", multiplier="1.25")

    assert [price(taxed, seconds).cost for seconds in (60, 120)] == [Decimal("0.42"), Decimal("0.63")]


ROUNDINGS = [
    ("up", 4, "0.00001", "0.0001"),
    ("up", 2, "1.231", "1.24"),
    ("up", 2, "1.23", "1.23"),
    ("up", -1, "11", "20"),
    ("up", 0, "-1.5", "-1"),
    ("middle", 4, "0.00005", "0.0001"),
    ("middle", 4, "0.0000499999", "0.0000"),
    ("middle", 2, "1234.565", "1234.57"),
    ("middle", -2, "1250", "1300"),
    ("middle", -2, "1249.99", "1200"),
    ("middle", 0, "-1.5", "-1"),
    ("middle", 0, "-1.51", "-2"),
    ("down", 4, "0.00019", "0.0001"),
    ("down", -3, "1999", "1000"),
    ("down", 0, "-1.5", "-2"),
    ("none", 0, "1.234567890", "1.23456789"),
    ("none", 2, "1E+3", "1000"),
]


@pytest.mark.parametrize(("method", "decimals", "total", "cost"), ROUNDINGS)
def test_totals_are_rounded(method: str, decimals: int, total: str, cost: str) -> None:
    """By their text too: as many places as the rounding has, and never an exponent."""
    assert str(rounded(Fraction(total), Rounding(Method(method), decimals))) == cost


def test_nothing_is_lost_beyond_the_digits_of_a_context() -> None:
    long = "1234567890123456789012345678901234567890.12345"

    assert str(rounded(Fraction(long), Rounding(Method.DOWN, 4))) == long[:-1]
    assert str(as_decimal(Fraction(long))) == long


def test_it_is_rounded_once_not_per_increment_nor_per_slot() -> None:
    """A third of a cent a second, sixty times: 0.20 and not 60 x 0.0034; two slots are rounded together."""
    assert price(tariff("0:0.2/60/1", rounding="up 4"), 60).cost == Decimal("0.2")
    assert price(tariff("0:0.0001/3/1 1:0.0001/3/1", rounding="up 4"), 2).cost == Decimal("0.0001")


def test_the_sample_deck_has_whole_minutes() -> None:
    assert price(per_minute(Decimal("0.2718")), 61).cost == Decimal("0.5436")


@pytest.mark.parametrize(
    ("slots", "reason"),
    [
        ([], "first slot"),
        ([("1", "1")], "first slot"),
        ([("0", "1"), ("0", "2")], "two slots start at 0"),
        ([("0", "1"), ("60", "2"), ("30", "2")], "at 30 stands behind"),
        ([("0", "-1")], "rate -1: expected a number"),
        ([("0", "NaN")], "rate NaN"),
        ([("0", "sNaN")], "rate sNaN"),
        ([("0", "Infinity")], "rate Infinity"),
        ([("0", "1E+999999")], "at most 18 digits"),
        ([("0", "1E-999999")], "at most 18 digits"),
    ],
)
def test_a_tariff_that_can_not_be_is_refused(slots: list[tuple[str, str]], reason: str) -> None:
    with pytest.raises(BadTariff, match=reason):
        Tariff(tuple(Slot(Decimal(start), Decimal(rate)) for start, rate in slots))


def test_bounds_and_decimals_that_can_not_be_are_refused() -> None:
    with pytest.raises(BadTariff, match="least cost 3 is above the greatest, 2"):
        tariff(TWO, min_cost="3", max_cost="2")
    with pytest.raises(BadTariff, match="1000000 decimals"):
        Rounding(Method.UP, 1_000_000)
    with pytest.raises(BadTariff, match="connection fee -1"):
        tariff(TWO, fee="-1")


@pytest.mark.parametrize("seconds", ["NaN", "Infinity", "1E+999999", "1E-999999"])
def test_a_length_that_is_none_is_refused(seconds: str) -> None:
    with pytest.raises(BadCall):
        price(tariff(TWO), Decimal(seconds))
