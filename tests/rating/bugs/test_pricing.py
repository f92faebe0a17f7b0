"""What other charging engines got wrong in their prices, each as a sentence that holds here."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rating.pricing import cost, lines, permitted, price
from tests.rating.pricing.cast import tariff, timetable


def test_field_01_a_price_of_thousands_has_no_separator_and_keeps_its_thousands() -> None:
    """Written "1,234.50" and read back, a debit of 1,234.50 became one of 1."""
    slots = [{"start": "0", "rate": "1234.5", "unit": "60", "increment": "60"}]
    asked = {"slots": slots, "rounding": {"method": "up", "decimals": 2}, "duration": "600"}

    told = json.loads(lines.answer(json.dumps(asked).encode()))["cost"]

    assert told == "12345.00"
    assert Decimal(told) == price(tariff("0:1234.5/60/60"), 600).cost


@pytest.mark.parametrize(
    ("slots", "seconds", "cost"),
    [
        ("0:0.2/60/1", 60, "0.2"),
        ("0:6.5/60/1", 60, "6.5"),
        ("0:0.325/60/1", 60, "0.325"),
        ("0:0.5/60/1", 60, "0.5"),
        ("0:0.0001/60/1", 3600, "0.006"),
    ],
)
@pytest.mark.parametrize("method", ["up", "middle", "down"])
def test_field_02_a_price_is_rounded_once_and_not_per_increment(
    slots: str, seconds: int, cost: str, method: str
) -> None:
    """0.198 for 0.2, 6.5118 for 6.5, 0.3249 for 0.325, 0.4980 for 0.50."""
    assert price(tariff(slots, rounding=f"{method} 4"), seconds).cost == Decimal(cost)


@pytest.mark.parametrize("seconds", [1, 29, 30, 31, 59, 60, 61, 90, 3599, 86400])
def test_field_03_prepaid_and_postpaid_cost_the_same(seconds: int) -> None:
    """What a call is permitted on is what it is charged: exactly its price pays for it, a millionth less does not."""
    some = tariff("0:0.4/60/30 60:0.2/60/10", fee="0.8", rounding="middle 4")
    charged = price(some, seconds)

    assert permitted(some, balance=charged.cost, requested=seconds) == seconds
    assert permitted(some, balance=charged.cost - Decimal("0.000001"), requested=seconds) < seconds
    assert cost(some, permitted(some, balance=charged.cost, requested=10**6)) == charged.cost


def test_field_07_a_cap_holds_once_for_the_whole_call() -> None:
    """Counted up from window to window it capped the call at twice its cap, or permitted no second of it."""
    zone = ZoneInfo("UTC")
    capped = [tariff(f"0:{rate}/60/60", max_cost="3", ends_at_max=ends) for ends in (False, True) for rate in (1, 2)]
    free, over = (timetable({"08:00-18:00": one, "18:00-08:00": two}, zone) for one, two in (capped[:2], capped[2:]))
    at = datetime(2026, 11, 20, 17, 58, tzinfo=zone)

    assert [price(free, 60 * minutes, at=at).cost for minutes in (1, 2, 3, 4, 600)] == [1, 2, 3, 3, 3]
    assert [price(over, 60 * minutes, at=at).cost for minutes in (1, 2, 3)] == [1, 2, 4]
    assert permitted(over, balance=Decimal(100), requested=3600, at=at) == 120
    assert permitted(free, balance=Decimal(3), requested=3600, at=at) == 3600


@pytest.mark.parametrize("minute", range(0, 240, 7))
def test_field_10_every_minute_is_of_the_window_it_lies_in(minute: int) -> None:
    """After the first minute, at midnight and on weekends calls went on in the wrong window."""
    zone = ZoneInfo("Europe/Berlin")
    weekend, evening, night = "0:1/1/1", "0:10/1/1", "0:100/1/1"
    some = timetable({"Sat,Sun": weekend, "Mon-Fri 06:00-24:00": evening, "Mon-Fri 00:00-06:00": night}, zone)
    # Two hours before the midnights into a Saturday, out of a Sunday, and between two working days.
    into, out, between = (datetime(2026, 11, day, 22, tzinfo=zone) for day in (20, 22, 24))

    def last_minute(answered: datetime) -> Decimal:
        return price(some, 60 * (minute + 1), at=answered).cost - price(some, 60 * minute, at=answered).cost

    before = minute < 120
    assert last_minute(into) == (600 if before else 60)
    assert last_minute(out) == (60 if before else 6000)
    assert last_minute(between) == (600 if before else 6000)
    assert last_minute(into) == price(some, 60, at=into + timedelta(minutes=minute)).cost


@pytest.mark.parametrize(("balance", "seconds"), [("0.59", 0), ("0.60", 30), ("0.61", 30), ("0.64", 42)])
def test_field_11_the_permitted_time_knows_the_first_block(balance: str, seconds: int) -> None:
    """Forgotten, it let a balance go below zero: half a minute for 0.60 first, then six seconds for 0.02."""
    some = tariff("0:1.2/60/30 30:0.2/60/6")

    assert permitted(some, balance=Decimal(balance), requested=3600) == seconds
    assert price(some, seconds).cost <= Decimal(balance)


def test_field_11_seconds_are_seconds_and_their_parts_are_kept() -> None:
    """Milliseconds were taken for seconds."""
    some = tariff("0:1/1/0.001")

    assert price(some, Decimal("0.250")).cost == Decimal("0.25")
    assert permitted(some, balance=Decimal("0.25"), requested=60) == Decimal("0.25")


def test_field_20_amounts_of_the_size_of_a_balance_are_exact() -> None:
    """3599999999999.5977 was asserted for 3600000000000 - 0.4."""
    balance = Decimal(3_600_000_000_000)
    some = tariff("0:1/1/1", fee="0.4", rounding="up 6")

    seconds = permitted(some, balance=balance, requested=10**15)

    assert seconds == 3_599_999_999_999
    assert str(balance - price(some, seconds).cost) == "0.600000"
    assert str(price(some, 10**17).cost) == "100000000000000000.400000"
