"""The calls that were read, in the order of calls, a step at a time."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

import polars as pl

from rating.backfill.reading import EVERY, ORDER, Read

#: About so many calls are brought into memory at once, to be handed out in steps.
_STRETCH: Final = 100_000


def steps(read: Read, *, size: int) -> Iterator[pl.DataFrame]:
    """All calls in the order of calls, so many at a time."""
    left: pl.DataFrame | None = None
    for stretch in _stretches(read):
        calls = stretch if left is None else pl.concat([left, stretch])
        whole = calls.height - calls.height % size
        for begin in range(0, whole, size):
            yield calls.slice(begin, size)
        left = calls.slice(whole)
    if left is not None and left.height:
        yield left


def _stretches(read: Read) -> Iterator[pl.DataFrame]:
    """The pieces merged: each stretch has all the calls between two instants."""
    instants = pl.concat(read.instants).sort()
    bounds = [instants[place] for place in range(0, instants.len(), _STRETCH // EVERY)]
    bounds.append(instants[-1] + timedelta(seconds=1)) if instants.len() else None
    pieces = pl.scan_parquet(read.pieces)
    for begin, end in pairwise(bounds):
        started_at = pl.col("started_at")
        between = (started_at >= f"{begin:%Y-%m-%dT%H:%M:%S}") & (started_at < f"{end:%Y-%m-%dT%H:%M:%S}")
        # Streamed: of each piece a few groups of rows are read, and no more of them held than are looked at.
        found = pieces.filter(between).collect(engine="streaming")
        if found.height:
            yield found.sort(ORDER)
