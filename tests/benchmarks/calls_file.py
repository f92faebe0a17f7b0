"""A usage file of as many calls as wanted: two thirds cost something, the rest is covered by minutes or free."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from tests.rating.cast import HEADER

_BLOCK: Final = 100_000
PEOPLE: Final = 1_000
#: Kinds of calls by turns of a hundred: abroad, from conferences, by voice apps, within the country, in.
_TURNS: Final = ["abroad"] * 55 + ["conference"] * 7 + ["app"] * 5 + ["domestic"] * 18 + ["in"] * 15
_TYPES: Final = {
    "abroad": "user_out",
    "conference": "conf_out",
    "app": "ucap_out",
    "domestic": "user_out",
    "in": "user_in",
}
_CODES: Final = ("33", "49", "39", "34", "81", "61", "91", "351")


def write(path: Path, rows: int, *, until: datetime, first: int = 0) -> Path:
    """The file, made when it is not there. Calls of the thirty days before `until`, in no order."""
    if not path.exists():
        with path.open("wb") as file:
            file.write((",".join(HEADER) + "\n").encode())
            for begin in range(first, first + rows, _BLOCK):
                file.write(
                    _calls(range(begin, min(first + rows, begin + _BLOCK)), until)
                    .write_csv(include_header=False, quote_style="never")
                    .encode()
                )
    return path


def _calls(numbers: range, until: datetime) -> pl.DataFrame:
    n = pl.Series("n", numbers, dtype=pl.Int64)
    kind = pl.Series("kind", [_TURNS[number * 37 % 100] for number in numbers])
    # Steps by numbers without a common divisor go over everything in no order.
    seconds = n * 7919 % 900 + 1
    started = pl.Series("s", [until - timedelta(days=30)]).dt.cast_time_unit("us")[0]
    instants = (n * 1_299_709_001 % (30 * 86_400_000_000 - 10**9)).cast(pl.Duration("us")) + started
    code = pl.Series("code", [_CODES[number * 13 % len(_CODES)] for number in numbers])
    frame = pl.DataFrame({"n": n, "kind": kind, "code": code, "seconds": seconds, "at": instants})
    local = (pl.col("n") * 104_729 % 10_000_000).cast(pl.String).str.zfill(7)
    who = pl.col("n") * 31 % PEOPLE
    abroad = pl.concat_str(pl.lit("+"), "code", pl.lit("2"), local)
    home = pl.concat_str(pl.lit("+1425"), local)
    shape = "%Y-%m-%dT%H:%M:%S%.6f7+00:00"
    values = {
        "UsageId": pl.format(
            "{}-0000-4000-8000-{}",
            (pl.col("n") * 2654435761 % 2**32).map_elements(lambda x: f"{x:08x}", return_dtype=pl.String),
            pl.col("n").cast(pl.String).str.zfill(12),
        ),
        "Call ID": pl.format("{}_458492510@203.0.113.20", pl.col("n")),
        "User Location": pl.lit("US"),
        "UPN": pl.when(kind == "app").then(pl.lit("")).otherwise(pl.format("person{}@bench.example", who)),
        "User Display Name": pl.format("Person {}", who),
        "Caller ID": pl.format("+1206555{}", who.cast(pl.String).str.zfill(4)),
        "Call Type": pl.col("kind").replace_strict(_TYPES),
        "Number Type": pl.lit("user"),
        "Destination Number": pl.when(pl.col("kind").is_in(["domestic", "in"])).then(home).otherwise(abroad),
        "Start Time": pl.col("at").dt.strftime(shape),
        "End Time": (pl.col("at") + pl.col("seconds").cast(pl.Duration("ms")) * 1000).dt.strftime(shape),
        "Duration Seconds": pl.col("seconds").cast(pl.String),
        "Currency": pl.lit("USD"),
        "Capability": pl.lit("MCOPSTN1"),
    }
    return frame.select(**{name: values.get(name, pl.lit("")) for name in HEADER})
