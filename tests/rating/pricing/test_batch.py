"""Many calls at once cost what each of them does alone."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from rating.pricing import BadCall, Tariff, Timetable, batch, per_minute, price
from subscriptions import money
from tests.rating.pricing.cast import tariff, timetable

PLAIN: dict[int, Tariff] = {
    7: per_minute(Decimal("0.2718"), Decimal("0.1")),
    8: tariff("0:0.4/60/30 60:0.2/60/10", fee="0.8", rounding="up 4"),
    9: tariff("0:0.6/60/45 30:1.2/60/0", rounding="down 3"),
    10: tariff("0:0.6/60/0.7", rounding="middle 6"),
    11: per_minute(Decimal("0.2718"), Decimal("0.1")),
}
NIGHT = timetable({"22:00-06:00": PLAIN[9], "06:00-22:00": PLAIN[8]})
BEGIN = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)


def frame(tariffs: list[int], *, at: bool) -> pl.DataFrame:
    """Calls of every length up to three minutes, of all these tariffs by turns."""
    rows = [(tariffs[number % len(tariffs)], number % 181) for number in range(181 * len(tariffs))]
    calls = pl.DataFrame(rows, schema=["tariff", "seconds"], orient="row")
    times = pl.Series("at", [BEGIN + timedelta(seconds=47 * number) for number in range(calls.height)])
    return calls.with_columns(times) if at else calls


def test_plain_calls_cost_what_each_costs_alone() -> None:
    calls = frame([7, 8, 9, 10, 11], at=False)

    found = batch.micros(calls, PLAIN)

    assert found.to_list() == [money.to_micros(price(PLAIN[each], seconds).cost) for each, seconds in calls.iter_rows()]


def test_calls_of_a_timetable_cost_what_each_costs_alone() -> None:
    tariffs: dict[int, Tariff | Timetable] = {**PLAIN, 12: NIGHT}
    calls = frame([7, 12], at=True)

    found = batch.micros(calls, tariffs)

    assert found.to_list() == [
        money.to_micros(price(tariffs[each], seconds, at=at).cost) for each, seconds, at in calls.iter_rows()
    ]


def test_each_price_is_worked_out_once() -> None:
    """60 increments of a minute in an hour, of two equal tariffs; the instants count for the timetable alone."""
    asked: list[batch.Key] = []
    calls = pl.DataFrame(
        {"tariff": [7, 11] * 3600, "seconds": [1 + n // 2 for n in range(7200)], "at": [BEGIN] * 3600 + [None] * 3600},
        schema_overrides={"at": pl.Datetime("us", "UTC")},
    )

    def noted(keys: Iterable[batch.Key]) -> Iterator[int]:
        for key in keys:
            asked.append(key)
            yield 0

    batch.joined(calls, {**PLAIN, 12: NIGHT}, noted)

    assert sorted(asked) == [(0, 60 * minutes, None) for minutes in range(1, 61)]


def test_a_call_of_no_tariff_is_refused() -> None:
    with pytest.raises(BadCall, match="not there"):
        batch.micros(pl.DataFrame({"tariff": [1], "seconds": [60]}), PLAIN)


def test_no_calls_cost_nothing() -> None:
    none = pl.DataFrame(schema={"tariff": pl.Int64, "seconds": pl.Int64})

    assert batch.micros(none, PLAIN).to_list() == []


def test_a_cost_beyond_millionths_is_refused() -> None:
    with pytest.raises(money.NotExact):
        batch.micros(pl.DataFrame({"tariff": [1], "seconds": [1]}), {1: tariff("0:1/3/1")})
