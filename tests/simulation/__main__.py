"""`script/simulate N [--seed S] [--steps 300] [--processes 2]`: N runs, the first of them of seed S.

Ends with 1 and names the first that fails.
"""

import argparse
import os
import sys
import time
from collections import Counter
from contextlib import closing

from django.test.utils import setup_databases, teardown_databases

from tests.simulation import processes


def main() -> int:
    """Parse, prepare databases of its own, run."""
    parser = argparse.ArgumentParser(prog="script/simulate", description=__doc__)
    parser.add_argument("runs", type=int, help="how many seeds")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--steps", type=int, default=300, help="steps in each run")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many seeds at the same time")
    options = parser.parse_args()
    width = max(1, min(options.processes, options.runs))
    processes.set_up()
    databases = setup_databases(verbosity=0, interactive=False, aliases=None, parallel=width)
    try:
        return simulate(range(options.seed, options.seed + options.runs), options.steps, width)
    finally:
        teardown_databases(databases, verbosity=0, parallel=width)


def simulate(seeds: range, steps: int, width: int) -> int:
    """Run each seed, so many at the same time; the exit status."""
    # Its modules can be loaded only once Django is set up.
    from tests.simulation.running import Failed  # noqa: PLC0415

    began, done, crashes, asked, paid = time.monotonic(), Counter[str](), Counter[str](), 0, 0
    try:
        with closing(processes.reports(seeds, steps, width)) as reports:
            for report in reports:
                done += report.done
                crashes += report.crashes
                asked, paid = asked + report.asked, paid + report.paid
                if sys.stderr.isatty():
                    print(f"seed {report.seed}: {report.digest[:12]}", file=sys.stderr)
    except Failed as failed:
        print(f"FAILED: {failed}\nAgain: script/simulate 1 --seed {failed.seed} --steps {steps}")
        return 1
    took = time.monotonic() - began
    print(f"{len(seeds)} seeds of {steps} steps: all right, in {took:.0f} s with {width} processes")
    print(f"{done.total()} operations: {_listed(done)}")
    print(f"{crashes.total()} crashes: {_listed(crashes)}")
    print(f"{asked} requests to charge a card, {paid} payments")
    return 0


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in counted.most_common())


if __name__ == "__main__":
    sys.exit(main())
