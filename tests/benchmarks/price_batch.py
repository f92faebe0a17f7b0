"""The prices of a million calls at once, and prices with every step explained one after another."""

import itertools
import time
from decimal import Decimal
from typing import Final

import polars as pl

from rating import pricing
from rating.pricing import batch
from tests.benchmarks import figures, rounds
from tests.benchmarks.figures import Goal, Report, Sample, summarize
from tests.rating.cast import OUTBOUND

CALLS: Final = 1_000_000
#: Prices a second that one core is to explain.
BREAKDOWNS: Final = 50_000
_TIERED: Final = pricing.Tariff(
    pricing.parse_slots("0:0.4/60/30 60:0.2/60/10"),
    Decimal("0.8"),
    pricing.Rounding(pricing.Method.UP, 4),
)


def run(plan: figures.Plan) -> Report:
    """Calls priced a second against the same joins without a price; explained prices a second against so many."""
    prices = pl.read_csv(OUTBOUND, columns=["Price / min"], schema_overrides={"Price / min": pl.String})
    tariffs: dict[int, pricing.Tariff | pricing.Timetable] = {
        number: pricing.per_minute(Decimal(rate)) for number, rate in enumerate(prices["Price / min"])
    }
    calls = _calls(plan.of(CALLS), len(tariffs))
    worked_out = batch.joined(calls, tariffs, lambda keys: (number for number, _ in enumerate(keys))).n_unique()
    pairs = rounds.alternate(plan, lambda _: _priced(calls, tariffs), lambda _: _joined(calls, tariffs))
    plain, tiered = pricing.per_minute(Decimal("0.2718"), Decimal("0.1")), _TIERED
    return Report(
        [
            summarize("price_batch", "calls/s", pairs, goal=Goal(0.5)),
            *(
                summarize(
                    f"price_batch_{name}",
                    "prices/s",
                    [(_explained(plan, tariff), Sample(BREAKDOWNS, 0)) for _ in range(plan.rounds)],
                    goal=Goal(1),
                )
                for name, tariff in (("plain", plain), ("tiered", tiered))
            ),
        ],
        notes=[
            f"{calls.height:,} calls at {len(tariffs):,} rates; {calls.unique().height:,} differ in rate or seconds,"
            f" {worked_out:,} of them in what they have to cost, and so many are priced."
        ],
    )


def _calls(number: int, rates: int) -> pl.DataFrame:
    """Calls to every destination, of a second to an hour, the short ones more often."""
    n = pl.Series("n", range(number), dtype=pl.Int64)
    return pl.DataFrame({"tariff": n * 7919 % rates, "seconds": (n * 104_729 % 997) ** 2 // 277 + 1})


def _priced(calls: pl.DataFrame, tariffs: dict[int, pricing.Tariff | pricing.Timetable]) -> Sample:
    begun = time.perf_counter()
    batch.micros(calls, tariffs)
    return Sample(calls.height / (time.perf_counter() - begun), calls.height)


def _joined(calls: pl.DataFrame, tariffs: dict[int, pricing.Tariff | pricing.Timetable]) -> Sample:
    begun = time.perf_counter()
    batch.joined(calls, tariffs, lambda keys: (0 for _ in keys))
    return Sample(calls.height / (time.perf_counter() - begun), calls.height)


def _explained(plan: figures.Plan, tariff: pricing.Tariff) -> Sample:
    """Prices of calls of 61 seconds to an hour in a second of a core: by the processor's time, not by the wall's."""
    begun, done = time.thread_time(), 0
    lengths = itertools.cycle(range(61, 3601))
    while (passed := time.thread_time() - begun) < plan.seconds:
        for seconds in itertools.islice(lengths, 1000):
            pricing.price(tariff, seconds)
        done += 1000
    return Sample(done / passed, done)
