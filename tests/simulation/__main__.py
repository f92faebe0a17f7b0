"""`script/simulate N [--seed S] [--steps 300]`: N runs from seed S on. Ends with 1 and names the first that fails."""

import argparse
import logging
import os
import sys
import time
from collections import Counter

import django
from django.test.utils import setup_databases, setup_test_environment, teardown_databases


def main() -> int:
    """Parse, prepare a database of its own, run."""
    parser = argparse.ArgumentParser(prog="script/simulate", description=__doc__)
    parser.add_argument("runs", type=int, help="how many seeds")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--steps", type=int, default=300, help="steps in each run")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("DJANGO_TEST_DB_SUFFIX", "simulate")
    django.setup()
    setup_test_environment()
    logging.disable(logging.CRITICAL)  # of declines and lost answers there is no end
    databases = setup_databases(verbosity=0, interactive=False, aliases=None)
    try:
        return simulate(range(options.seed, options.seed + options.runs), options.steps)
    finally:
        teardown_databases(databases, verbosity=0)


def simulate(seeds: range, steps: int) -> int:
    """Run each seed; the exit status."""
    # Its modules can be loaded only once Django is set up.
    from tests.simulation.running import Failed, run  # noqa: PLC0415

    began, done, crashes, payments = time.monotonic(), Counter[str](), 0, 0
    for seed in seeds:
        try:
            report = run(seed, steps)
        except Failed as failed:
            print(f"FAILED: {failed}\nAgain: script/simulate 1 --seed {seed} --steps {steps}")
            return 1
        done += report.done
        crashes, payments = crashes + report.crashes, payments + report.payments
        if sys.stderr.isatty():
            print(f"seed {seed}: {report.digest[:12]}", file=sys.stderr)
    took = time.monotonic() - began
    print(f"{len(seeds)} seeds of {steps} steps, {crashes} crashes, {payments} payments: all right, in {took:.0f} s")
    print(", ".join(f"{name} {times}" for name, times in done.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
