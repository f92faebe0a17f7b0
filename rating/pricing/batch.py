"""The prices of very many calls: each that differs is worked out once, by the one price function, and joined back.

Pure: no Django, no clock, no settings.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

import polars as pl

from rating.pricing.tariff import Tariff
from rating.pricing.walking import cost
from rating.pricing.windows import BadCall, Timetable
from subscriptions import money

Key = tuple[int, int, datetime | None]
_SAME: Final = ["_tariff", "_seconds", "_at"]


def micros(calls: pl.DataFrame, tariffs: Mapping[int, Tariff | Timetable]) -> pl.Series:
    """What each call costs, in whole millionths of the currency, in the order of the calls.

    The columns: `tariff`, a key of the tariffs; `seconds`, a whole number; with a timetable among the tariffs also
    `at`, the instant of the answer in UTC. Raises BadCall for a tariff that is not there, and money.NotExact where a
    tariff rounds to more than six places.
    """
    distinct = list(dict.fromkeys(tariffs.values()))
    return joined(calls, tariffs, lambda keys: _costs(distinct, keys))


def joined(
    calls: pl.DataFrame, tariffs: Mapping[int, Tariff | Timetable], costs: Callable[[Iterable[Key]], Iterator[int]]
) -> pl.Series:
    """What `costs` says of each distinct (number of the tariff among the distinct, seconds, instant), for each call.

    Calls that must cost the same are one: those of equal tariffs whose seconds end in the same increment. The instant
    counts in a timetable only.
    """
    keyed = calls.select(_key(tariffs, timed="at" in calls.columns))
    if keyed["_tariff"].null_count():
        raise BadCall("a call is of a tariff that is not there")
    apart = keyed.unique()
    found = pl.Series("micros", costs(apart.iter_rows()), dtype=pl.Int64)
    back = keyed.join(apart.with_columns(found), on=_SAME, how="left", nulls_equal=True, maintain_order="left")
    return back["micros"]


def _key(tariffs: Mapping[int, Tariff | Timetable], *, timed: bool) -> list[pl.Expr]:
    number = {tariff: place for place, tariff in enumerate(dict.fromkeys(tariffs.values()))}
    ids, places = list(tariffs), [number[tariff] for tariff in tariffs.values()]
    grain = pl.col("tariff").replace_strict(ids, [_grain(each) for each in tariffs.values()], default=None)
    seconds = pl.col("seconds").cast(pl.Int64)
    at = pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    if timed:
        moving = [isinstance(each, Timetable) for each in tariffs.values()]
        at = pl.when(pl.col("tariff").replace_strict(ids, moving, default=None)).then(pl.col("at"))
    return [
        pl.col("tariff").replace_strict(ids, places, default=None, return_dtype=pl.Int64).alias("_tariff"),
        ((seconds + grain - 1) // grain * grain).alias("_seconds"),
        at.alias("_at"),
    ]


def _grain(tariff: Tariff | Timetable) -> int:
    """So many whole seconds that the price changes at their multiples only: what all starts and increments share."""
    if isinstance(tariff, Timetable):
        return 1
    shared = math.gcd(*(length for lane in tariff.lanes for length in (lane.start, lane.increment)))
    return shared // tariff.ticks if shared % tariff.ticks == 0 else 1


def _costs(tariffs: list[Tariff | Timetable], keys: Iterable[Key]) -> Iterator[int]:
    for number, seconds, at in keys:
        yield money.to_micros(cost(tariffs[number], seconds, at=at))
