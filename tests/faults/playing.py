"""What script/faults does once its database is there; each answers the exit code."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.faults import case, emptying, kills, page, stage
from tests.faults.matrix import CASES, NOT_PLAYED


def play(names: Sequence[str], folder: Path, *, write: bool) -> int:
    """Each fault in an empty database; 1 when one of them does not end exact."""
    verdicts = []
    with stage.opened(folder) as opened:
        for name in names:
            verdict = case.run(name, CASES[name], opened)
            print(verdict, flush=True)
            verdicts.append(verdict)
            if verdict.wrong:
                print(opened.said("worker")[-4000:], file=sys.stderr)
            emptying.empty()
    print("Not played: " + ", ".join(f"{name} ({why})" for name, why in NOT_PLAYED.items()))
    if write:
        page.write_verdicts(verdicts)
    return int(any(verdict.wrong for verdict in verdicts))


def kill(times: int, folder: Path, *, write: bool) -> int:
    """So many kills in each window of a charge; 1 when anything is double or missing."""
    found = kills.run(times, folder)
    print(kills.histogram(found))
    if write:
        page.write_kills(found)
    return int(not found.is_exact)
