"""script/bench [NAME ...]: measure, print one JSON object a line, prove the books, write docs/benchmarks.md."""

import argparse
import os
import sys

import django

from tests.benchmarks import place
from tests.benchmarks.figures import Plan


def main(words: list[str]) -> int:
    """The exit code: 0 when every bench ran and left books that are right, goals reached or not."""
    # A long fill is no forgotten query; and the bench's database is its own, whatever the environment names.
    own = {"DATABASE_URL": place.database_url(), "DATABASE_OWNER_URL": ""}
    os.environ |= {"STATEMENT_TIMEOUT": "0", "LOG_LEVEL": "WARNING", **own}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.benchmarks import running  # after the settings
    from tests.benchmarks.registry import BENCHES

    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benches; none: all")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    parser.add_argument("--rounds", type=int, default=5, help="of each side, back to back in alternating order")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each round that is timed")
    parser.add_argument("--size", type=float, default=1.0, help="factor on the rows that are counted")
    parser.add_argument("--large", action="store_true", help="ten times further along the growth curves")
    parser.add_argument("--no-page", action="store_true", help="leave docs/benchmarks.md as it is")
    chosen = parser.parse_args(words)
    if chosen.list:
        print("\n".join(BENCHES))
        return 0
    if unknown := set(chosen.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))} (there are {', '.join(BENCHES)})")
    plan = Plan(chosen.rounds, chosen.seconds, chosen.size, chosen.large)
    command = " ".join(["script/bench", *words])
    return running.run(chosen.names or list(BENCHES), plan, command=None if chosen.no_page else command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
