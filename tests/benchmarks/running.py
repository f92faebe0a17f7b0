"""Run benches one after another, each in an empty database, and prove the books after each."""

import sys
from datetime import UTC, datetime

from django.db import connections

from tests.benchmarks import books, page, place
from tests.benchmarks.figures import Plan
from tests.benchmarks.registry import BENCHES


def run(names: list[str], plan: Plan, *, command: str | None) -> int:
    """1 as soon as books are not right, else 0. With a command the page is written, bench by bench."""
    machine = place.machine()
    print(f"{machine}; load average {place.load()}", file=sys.stderr, flush=True)
    for name in names:
        with place.database():
            try:
                books.prepare()
                report = BENCHES[name](plan)
                wrong = books.are_right()
            finally:
                connections.close_all()
        for measure in report.measures:
            print(measure.as_json(machine), flush=True)
        if wrong is not None:
            print(f"After {name} the books are not right:\n{wrong}", file=sys.stderr)
            return 1
        if command is not None:
            told = page.Run(name, command, machine, place.commit(), place.load(), datetime.now(UTC))
            page.write(report, told)
    return 0
