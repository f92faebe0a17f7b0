"""docs/faults.md: a row for each fault that was played, and the kill histogram. What is not run again stays."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.benchmarks import place
from tests.faults import failpoints, kills
from tests.faults.case import Verdict
from tests.faults.matrix import NOT_PLAYED

PAGE: Final = place.ROOT / "docs" / "faults.md"
_HEAD: Final = f"""# Faults

Written by `script/faults`, which plays each fault of the matrix against real processes: PostgreSQL and Valkey of its
own, the payment sandbox, a Celery worker of two processes and a web server. The program has no fail points in it;
`tests/faults/failpoints.py` wraps the functions at which a process is to die.

*exact* = every integrity check is empty, nothing is on its way, the figures are those of a run without the fault, and
each charge that the provider lists is one succeeded payment of ours with its one lot. The recovery counts from the end
of the fault to exact. Leases and waits are {failpoints.LEASE} and {failpoints.PATIENCE} s in these processes,
120 and 60 s in production, and the harness rings every half a second where beat does every minute: what is looked up
(F01, F02, F04, F28, F29) takes up to three minutes there.

| | fault | expected | verdict | recovery | played |
|---|---|---|---|---|---|
"""
_ROW: Final = re.compile(r"^\| (F\d\d) \|.*$", re.MULTILINE)
_KILLS: Final = "## Kills\n"


def write_verdicts(verdicts: Sequence[Verdict], page: Path = PAGE) -> None:
    """Put their rows in place."""
    told = page.read_text() if page.exists() else ""
    table, _, rest = told.partition(_KILLS)
    when = f"{datetime.now(UTC):%Y-%m-%d}, {place.commit()}"
    rows = {found[1]: found[0] for found in _ROW.finditer(table)}
    rows |= {verdict.name: _row(verdict, when) for verdict in verdicts}
    _write(page, [rows[name] for name in sorted(rows)], rest)


def write_kills(found: kills.Found, page: Path = PAGE) -> None:
    """Put the histogram in place."""
    told = page.read_text() if page.exists() else ""
    rows = [row[0] for row in _ROW.finditer(told.partition(_KILLS)[0])]
    when = f"{datetime.now(UTC):%Y-%m-%d}, {place.commit()}; {place.machine()}"
    _write(page, rows, f"\n{kills.EXPLAINED}\n\n{kills.histogram(found)}\n\nRun on {when}.\n")


def _write(page: Path, rows: Sequence[str], rest: str) -> None:
    reasons = dict.fromkeys(NOT_PLAYED.values())
    left = "\n".join(
        f"- {reason}: {', '.join(name for name, why in NOT_PLAYED.items() if why == reason)}" for reason in reasons
    )
    page.write_text(f"{_HEAD}{chr(10).join(rows)}\n\nNot played yet:\n\n{left}\n\n{_KILLS}{rest}")


def _row(verdict: Verdict, when: str) -> str:
    case = verdict.case
    said = f"**{verdict.wrong[:80]}**" if verdict.wrong else "exact"
    return f"| {verdict.name} | {case.fault} | {case.expected} | {said} | {verdict.recovery:.1f} s | {when} |"
