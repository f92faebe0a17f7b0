"""The prefixes of the world's number plans, 341,654 of them, and a deck file that prices each."""

import csv
import gzip
import random
from pathlib import Path
from typing import Final

from tests.benchmarks.place import ROOT

WORLD: Final = ROOT / "tests" / "data" / "world-prefixes.csv.gz"
ROWS: Final = 341_654
#: Prices of a usual list: few different ones.
_PRICES: Final = tuple(f"{thousandths / 10_000:.4f}" for thousandths in range(110, 7_080, 35))
_KINDS: Final = {"mobile": "mobile", "toll_free": "toll-free"}


def world() -> list[dict[str, str]]:
    """Every row of the file, in its order."""
    with gzip.open(WORLD, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(prefixes: list[str], count: int, *, seed: int) -> list[str]:
    """So many numbers of 12 digits or more, each below one of the prefixes, in no order."""
    chance = random.Random(seed)  # noqa: S311  # the same in every run
    return [
        f"{prefix}{chance.randrange(10**12):012}"[: max(12, len(prefix))] for prefix in _some(prefixes, count, chance)
    ]


def keys(prefixes: list[str], count: int, *, seed: int) -> list[str]:
    """So many of the prefixes in no order, as texts of their own, as a number cut to its prefix would be."""
    chance = random.Random(seed)  # noqa: S311  # the same in every run
    return ["".join(list(prefix)) for prefix in _some(prefixes, count, chance)]


def write_deck(path: Path, *, rows: int = ROWS) -> int:
    """A deck file of the world's prefixes, a price for each destination and kind; how many rows it has."""
    chance = random.Random(0)  # noqa: S311  # the same in every run
    header = ("Destination Name", "Destination Type", "Country", "Prefix", "Price / min")
    found = world()[:rows]
    prices: dict[tuple[str, str], str] = {}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in found:
            kind = _KINDS.get(row["number_type"], "mixed")
            country = row["region"] if len(row["region"]) == 2 and row["region"].isalpha() else "ZZ"
            name = (row["description"] or row["region"])[:100]
            writer.writerow(
                [name, kind, country, row["prefix"], prices.setdefault((name, kind), chance.choice(_PRICES))]
            )
    return len(found)


def _some(prefixes: list[str], count: int, chance: random.Random) -> list[str]:
    return chance.choices(prefixes, k=count)
