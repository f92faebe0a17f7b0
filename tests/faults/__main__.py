"""script/faults [ID ...]: play faults against real processes, print a verdict for each, write docs/faults.md.

`script/faults kills [N]` kills a worker N times in each window between two fail points of a charge (default 50).
`--list` says which faults there are. Ends with 1 when anything is not exact.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import django
from django.test.utils import setup_databases, setup_test_environment, teardown_databases


def main(words: Sequence[str]) -> int:
    """The exit code."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.setdefault("DJANGO_TEST_DB_SUFFIX", "faults")
    django.setup()
    from tests.faults import playing  # noqa: PLC0415  # after Django
    from tests.faults.matrix import CASES  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="script/faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", metavar="ID", help="which faults, none: all; or kills [N]")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    parser.add_argument("--no-page", action="store_true", help="leave docs/faults.md as it is")
    asked = parser.parse_args(words)
    if asked.list:
        print("\n".join(f"{name} {case.fault}: {case.expected}" for name, case in CASES.items()))
        return 0
    kills = asked.words[:1] == ["kills"]
    if not kills and (unknown := set(asked.words) - set(CASES)):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with tempfile.TemporaryDirectory() as folder:
            if kills:
                return playing.kill(int(*asked.words[1:2] or (50,)), Path(folder), write=not asked.no_page)
            return playing.play(asked.words or list(CASES), Path(folder), write=not asked.no_page)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
