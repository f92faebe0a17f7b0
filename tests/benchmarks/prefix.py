"""Longest prefix among 341,654: one look-up in the table beside one `get` of a dict of the same prefixes."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl

from rating.prefixes import PrefixTable
from tests.benchmarks import prefixes, rounds
from tests.benchmarks.deck_import import DAY, in_a_process
from tests.benchmarks.figures import Curve, Goal, Plan, Report, Sample, summarize

LOOKUPS: Final = 200_000


def run(plan: Plan) -> Report:
    """A time against a time: microseconds of one look-up. Each number is asked once a round, in no order."""
    known = [row["prefix"] for row in prefixes.world()]
    places = {prefix: place for place, prefix in enumerate(known)}
    # Places count from 1 here: a table asks again for what is false.
    table = PrefixTable.made_late(known, lambda place: place + 1)
    count = plan.of(LOOKUPS)
    pairs = rounds.alternate(
        plan,
        lambda number: _asked(table.longest, prefixes.numbers(known, count, seed=number)),
        lambda number: _asked(places.get, prefixes.keys(known, count, seed=number)),
    )
    many = pl.Series(prefixes.numbers(known, count, seed=1))
    begun = time.perf_counter()
    table.longest_many(many)
    batch = count / (time.perf_counter() - begun)
    built = _built()
    rows = [(f"{built['rows']:,}", f"{built['seconds']:.2f}", f"{built['added'] / 2**20:.0f}")]
    return Report(
        [summarize("prefix", "us", pairs, goal=Goal(10, at_least=False))],
        [Curve("A process builds its table of a published deck", ("rows", "seconds", "MiB added"), rows)],
        [f"In a batch `longest_many` answers {batch:,.0f} numbers a second."],
    )


def _asked(ask: Callable[[str], object], texts: Sequence[str]) -> Sample:
    begun = time.perf_counter()
    for text in texts:
        ask(text)
    return Sample((time.perf_counter() - begun) / len(texts) * 1e6, len(texts))


def _built() -> dict[str, Any]:
    with TemporaryDirectory() as made:
        deck = Path(made, "world.csv")
        rows = prefixes.write_deck(deck)
        in_a_process("import", deck, DAY)
        return {"rows": rows, **in_a_process("build", deck, DAY)}
