"""A deck of 341,654 prefixes, from its file to published, beside COPY of the same rows into the same table."""

import csv
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.db import connection

from tests.benchmarks import decking, prefixes, rounds
from tests.benchmarks.figures import Curve, Goal, Plan, Report, Sample, summarize
from tests.benchmarks.place import ROOT

DAY: Final = date(2026, 1, 1)


def run(plan: Plan) -> Report:
    """A rate against a rate: rows a second of one transaction, each side alone in an empty table and a new process."""
    peaks: dict[str, list[int]] = {"import": [], "copy": []}
    with TemporaryDirectory() as made:
        deck, ready = Path(made, "world.csv"), Path(made, "world.txt")
        rows = prefixes.write_deck(deck, rows=plan.of(prefixes.ROWS))
        _write_ready(deck, ready)

        def side(what: str, path: Path) -> Sample:
            _empty()
            found = in_a_process(what, path, DAY)
            peaks[what].append(found["peak"])
            return Sample(rows / found["seconds"], rows)

        pairs = rounds.alternate(plan, lambda _: side("import", deck), lambda _: side("copy", ready))
        size = deck.stat().st_size
    names = (("import", "import of the file"), ("copy", "COPY of ready rows"))
    memory = [(name, f"{max(peaks[what]) / 2**20:.0f}") for what, name in names]
    return Report(
        [summarize("deck_import", "rows/s", pairs, goal=Goal(0.5))],
        [Curve("The most memory that a process held, Python and Django with it", ("", "MiB"), memory)],
        [f"The file has {rows:,} rows and {size / 2**20:.1f} MiB. Both sides are under every constraint."],
    )


def in_a_process(what: str, path: Path, day: date) -> dict[str, Any]:
    """What `decking` says of it."""
    command = [sys.executable, "-m", "tests.benchmarks.decking", what, str(path), day.isoformat()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE rating_rate, rating_ratedeck CASCADE")


def _write_ready(deck: Path, ready: Path) -> None:
    """The rows of the file as COPY takes them."""
    with deck.open(encoding="utf-8", newline="") as file, ready.open("w", encoding="utf-8") as lines:
        for row in csv.DictReader(file):
            name, kind, country, prefix, price = row.values()
            said = (
                str(decking.DECK),
                prefix,
                country,
                name.replace("\\", r"\\"),
                kind,
                price,
                "0",
                "",
                "",
                "middle",
                "4",
            )
            lines.write("\t".join(said) + "\n")
