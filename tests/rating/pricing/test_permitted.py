"""How long a call may last: whole increments that the balance pays, and never more than asked."""

from datetime import datetime
from decimal import Decimal

import pytest

from rating.pricing import BadCall, permitted, price
from tests.rating.pricing.cast import BERLIN, CHEAP, tariff, timetable

TWO = "0:0.4/60/30 60:0.2/60/10"


@pytest.mark.parametrize(
    ("slots", "fee", "balance", "requested", "seconds"),
    [
        (TWO, "0.8", "10", "3600", "2700"),
        (TWO, "0.8", "1.19", "3600", "30"),
        (TWO, "0.8", "1.2", "3600", "60"),
        # Not even the first increment, though the fee alone would fit.
        (TWO, "0.8", "0.99", "3600", "0"),
        (TWO, "0", "0.19", "3600", "0"),
        (TWO, "0", "0", "3600", "0"),
        (TWO, "0", "-5", "3600", "0"),
        # The fee must fit, though the seconds are free.
        ("0:0/60/60", "0.8", "0.79", "3600", "0"),
        ("0:0/60/60", "0.8", "0.8", "3600", "3600"),
        # What costs nothing needs no balance.
        ("0:0/60/60", "0", "0", "90", "90"),
        ("0:0/60/60", "0", "-5", "90", "90"),
        ("0:0/60/60 60:1/60/60", "0", "0", "90", "60"),
        # Never more than asked for; a request inside a paid increment is granted as it is.
        ("0:1/60/60", "0", "100", "90", "90"),
        ("0:1/60/60", "0", "1.99", "90", "60"),
        ("0:1/60/60", "0", "100", "0", "0"),
        ("0:1/60/60", "0", "100", "-1", "0"),
        ("0:1/60/60", "0", "100", "0.5", "0.5"),
        # An overrun is paid for, and may be talked away.
        ("0:0.6/60/45 30:1.2/60/10", "0", "0.45", "600", "45"),
        ("0:0.6/60/45 30:1.2/60/10", "0", "0.65", "600", "55"),
        ("0:0.1/1/0.5", "0", "0.37", "600", "3.5"),
        # As large as a balance gets, to the last second.
        ("0:1/1/1", "0.4", "999999999999.39", "999999999999999", "999999999998"),
    ],
)
def test_whole_increments_are_permitted(slots: str, fee: str, balance: str, requested: str, seconds: str) -> None:
    found = permitted(tariff(slots, fee=fee), balance=Decimal(balance), requested=Decimal(requested))

    assert str(found) == seconds


@pytest.mark.parametrize(
    ("rounding", "balance", "seconds"),
    [
        ("none 0", "0.03", 9),
        ("up 2", "0.03", 9),
        ("up 2", "0.04", 12),
        ("down 2", "0.03", 11),
        ("middle 2", "0.03", 10),
    ],
)
def test_the_price_is_rounded_as_a_finished_calls(rounding: str, balance: str, seconds: int) -> None:
    """A third of a cent a second."""
    some = tariff("0:0.01/3/1", rounding=rounding)

    assert permitted(some, balance=Decimal(balance), requested=3600) == seconds
    assert price(some, seconds).cost <= Decimal(balance) < price(some, seconds + 1).cost


def test_the_least_cost_has_to_fit() -> None:
    some = tariff("0:1/60/60", min_cost="2.5")

    assert [permitted(some, balance=Decimal(balance), requested=3600) for balance in ("2.4", "2.5", "3")] == [
        0,
        120,
        180,
    ]


def test_beyond_the_cap_a_call_is_free_or_over() -> None:
    free, over = (tariff("0:1/60/60", fee="0.5", max_cost="3", ends_at_max=ends) for ends in (False, True))

    assert [permitted(free, balance=Decimal(balance), requested=3600) for balance in ("2.9", "3")] == [120, 3600]
    assert [permitted(over, balance=Decimal(balance), requested=3600) for balance in ("2.9", "3", "100")] == [120] * 3
    assert price(over, 121).cost == Decimal("3.5")


def test_no_moment_of_the_call_costs_more_than_the_balance() -> None:
    """A window that rounds up to tens makes the call dear before a finer one makes it cheap again."""
    some = timetable(
        {"08:00-18:00": tariff("0:1/60/60", rounding="up -1"), "18:00-08:00": tariff(CHEAP, rounding="up 2")}
    )
    at = datetime(2026, 11, 20, 17, 59, tzinfo=BERLIN)

    assert price(some, 61, at=at).cost == 2
    assert permitted(some, balance=Decimal(9), requested=61, at=at) == 0
    assert permitted(some, balance=Decimal(10), requested=61, at=at) == 61


def test_the_finer_rounding_holds_from_where_its_window_is_entered() -> None:
    """Rounded down to whole amounts the first minute is for nothing; the first second of the night pays for both."""
    some = timetable(
        {"08:00-18:00": tariff("0:0.9/60/60", rounding="down 0"), "18:00-08:00": tariff("0:0.01/1/1", rounding="up 2")}
    )
    at = datetime(2026, 11, 20, 17, 59, tzinfo=BERLIN)

    assert [permitted(some, balance=Decimal(balance), requested=70, at=at) for balance in ("0.5", "0.93")] == [60, 63]


@pytest.mark.parametrize("balance", ["NaN", "sNaN", "Infinity"])
def test_a_balance_is_a_number(balance: str) -> None:
    with pytest.raises(BadCall):
        permitted(tariff(TWO), balance=Decimal(balance), requested=60)
