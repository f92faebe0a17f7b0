"""The tables of docs/tariffs.md against the price function."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

import pytest

from rating.pricing import Method, Rounding, lines, permitted, price, rounded
from tests.docs.pages import ROOT, Table, table
from tests.rating.pricing.cast import BERLIN, tariff, timetable

PAGE: Final = "docs/tariffs.md"
FOUR: Final = "middle 4"


def tables(heading: str, *, nth: int = 0) -> Table:
    return table(PAGE, heading, nth=nth)


@pytest.mark.parametrize("said", tables("Slots"), ids=lambda row: row["way to charge"])
def test_ways_to_charge_are_slots_as_the_page_says(said: dict[str, str]) -> None:
    found = price(tariff(said["slots"], rounding=FOUR), int(said["seconds"]))

    assert (str(found.billed), str(found.cost)) == (said["billed"], said["price"])


@pytest.mark.parametrize("said", tables("Slots", nth=1), ids=lambda row: row["seconds"])
def test_an_overrun_shortens_the_next_slot_as_the_page_says(said: dict[str, str]) -> None:
    found = price(tariff("0:0.6/60/45 30:1.2/60/10", rounding=FOUR), int(said["seconds"]))

    billed = [str(step.billed) for step in found.steps] + ["0"]
    assert billed[:2] == [said["in the first slot"], said["in the second"]]
    assert (str(found.billed), str(found.cost)) == (said["billed"], said["price"])


@pytest.mark.parametrize("said", tables("Fee, bounds, multiplier"), ids=lambda row: row["seconds"])
def test_bounds_hold_as_the_page_says(said: dict[str, str]) -> None:
    for ends, name in ((False, "free"), (True, "disconnect")):
        some = tariff("0:1/60/60", fee="0.2", rounding=FOUR, min_cost="1.5", max_cost="2.5", ends_at_max=ends)
        found = price(some, int(said["seconds"]))
        assert Fraction(found.fee) + sum(step.cost for step in found.steps) == Fraction(said["sum and fee"])
        assert str(found.cost) == said[f"price, `{name}"]


@pytest.mark.parametrize("said", tables("Rounding"), ids=lambda row: row["total"])
def test_totals_are_rounded_as_the_page_says(said: dict[str, str]) -> None:
    rounding = Rounding(Method(said["method"]), int(said["decimals"]))

    assert str(rounded(Fraction(said["total"]), rounding)) == said["price"]


@pytest.mark.parametrize("said", tables("Windows"), ids=lambda row: f"{row['answered at']} {row['seconds']}")
def test_calls_are_cut_as_the_page_says(said: dict[str, str]) -> None:
    day, night = (tariff(slots, rounding=FOUR) for slots in ("0:6/60/60", "0:1/60/60"))
    at = datetime.fromisoformat(said["answered at"]).replace(tzinfo=BERLIN)

    found = price(timetable({"08:00-18:00": day, "18:00-08:00": night}), int(said["seconds"]), at=at)

    by_rate = [sum(step.billed for step in found.steps if step.slot.rate == rate) for rate in (6, 1)]
    assert [str(seconds) for seconds in by_rate] == [said["by day"], said["by night"]]
    assert str(found.cost) == said["price"]


@pytest.mark.parametrize("said", tables("Windows", nth=1), ids=lambda row: row["day"])
def test_the_nights_of_the_clocks_are_priced_as_the_page_says(said: dict[str, str]) -> None:
    dear, cheap = (tariff(slots, rounding=FOUR) for slots in ("0:10/1/1", "0:1/1/1"))
    at = datetime.fromisoformat(said["day"]).replace(tzinfo=BERLIN)
    seconds = (at + timedelta(days=1)).timestamp() - at.timestamp()

    found = price(timetable({"02:30-03:30": dear, "03:30-02:30": cheap}), int(seconds), at=at)

    assert seconds == int(said["hours"]) * 3600
    assert sum(step.used for step in found.steps if step.slot.rate == 10) == 60 * int(said["minutes in the window"])
    assert str(found.cost) == said["price"]


@pytest.mark.parametrize("said", tables("How long a call may last"), ids=lambda row: row["balance"])
def test_a_call_may_last_as_the_page_says(said: dict[str, str]) -> None:
    some = tariff("0:0.4/60/30 60:0.2/60/10", fee="0.8", rounding=FOUR)

    seconds = permitted(some, balance=Decimal(said["balance"]), requested=Decimal(said["requested"]))

    assert (str(seconds), str(price(some, seconds).cost)) == (said["seconds"], said["price of these"])


def test_the_longest_line_is_as_the_page_says() -> None:
    assert f"at most {lines.LONGEST:,} bytes" in (ROOT / PAGE).read_text()
