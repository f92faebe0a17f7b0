"""docs/benchmarks.md: one row for each figure, one section for each bench. What is not run again stays as it was."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from tests.benchmarks.figures import Curve, Measure, Report
from tests.benchmarks.place import ROOT
from tests.benchmarks.registry import BENCHES

PAGE: Final = ROOT / "docs" / "benchmarks.md"

_HEAD: Final = """# Benchmarks

Written by `script/bench`, which measures and prints one JSON object a line. `script/bench NAME ...` runs some of them,
`--list` says which there are. Each runs in an empty database of its own, and `manage.py check_ledger` has found nothing
after it.

Absolute figures say more about the machine than about the ledger, so **a goal is a ratio**: ours and its reference are
measured back to back in alternating order, and the ratio is the median of the rounds' ratios, with the least and the
greatest. p50 and p99 are of our side, in milliseconds: of one debit in `debit_single` and `debit_hot_sync`, of one
transaction in `debit_hot`, `debit_many` and `expiry`. The load is the machine's load average when the bench had ended,
so its own clients are in it.

| name | ours | reference |
|---|---|---|
| `debit_single` | `till.take` in 8 processes, 1,000 accounts | pgbench, 8 clients, the function on the same tables |
| `debit_hot` | batches of 200 charges of one account, 2 processes | the same, one account |
| `debit_hot_sync` | `till.take` in 32 threads, one account | `till.alone` in 32 threads |
| `debit_hot_sync_p99` | its slowest hundredth | the slowest hundredth of `till.alone` |
| `debit_hot_sync_lone` | `till.take` in one thread | `till.alone` in one thread |
| `debit_many` | batches of 100 charges of one account, 1,000 accounts, 2 processes | pgbench as in `debit_single` |
| `balance_read` | account, figures and standing after a long history | after a short one |
| `expiry` | `expiry.expire_due` until nothing is due | the same rows inserted and updated by four plain statements |
| `expiry_growth` | the time of the last row of its table | the time of the row above it |
| `expiry_transaction` | the longest of all its transactions | one second |
| `recharge_sweep` | four money workers, 1,000 accounts below their trigger | 1,000 x the sandbox's delay / workers |
| `usage_page` | the first page of Usage of an organization with 10,000,000 calls | of one with 10,000 |
| `usage_page_deep` | the page 25,000 calls behind it | the page 5,000 calls behind it |
| `prefix` | one look-up among 341,654 prefixes | one `get` of a dict of the same prefixes |
| `deck_import` | `decks.publish` of a file of 341,654 rows | COPY of the same rows, ready, into the same table |
| `price_batch` | `batch.micros` of a million calls at the rates of the sample deck | the same joins without pricing |
| `price_batch_plain` | `pricing.price` of whole minutes, every step explained, a second of a core | 50,000 |
| `price_batch_tiered` | the same of two slots | 50,000 |
| `pages` | the slowest page, with 50 rows of everything | the shell with a heading, for the same person |
"""
_RESULTS: Final = "## Results"
_COLUMNS: Final = (
    "name",
    "unit",
    "ours",
    "reference",
    "ratio",
    "least",
    "greatest",
    "p50",
    "p99",
    "n",
    "goal",
    "reached",
)
_ROW: Final = re.compile(r"^\| `(\w+)` \| .*\|$", re.MULTILINE)
_SECTION: Final = re.compile(r"^## `(\w+)`\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Run:
    """When, on what and by which command a bench ran."""

    name: str
    command: str
    machine: str
    commit: str
    load: str
    at: datetime


def write(report: Report, run: Run, path: Path = PAGE) -> None:
    """Put the report in its place, and leave what other runs have written."""
    text = path.read_text() if path.exists() else ""
    _, _, known = text.partition(_RESULTS)
    table, _, rest = known.partition("\n## ")
    rows = {found[1]: found[0] for found in _ROW.finditer(table)}
    rows |= {measure.name: _row(measure) for measure in report.measures}
    sections = {found[1]: found[0].strip() for found in _SECTION.finditer(f"## {rest}" if rest else "")}
    sections[run.name] = _section(report, run)
    names = list(BENCHES)
    # A figure's name begins with its bench's; the longest that fits is the one.
    ordered = sorted(rows, key=lambda name: (names.index(_bench_of(name)), name))
    parts = [_HEAD, f"{_RESULTS}\n\n{_table(_COLUMNS)}\n" + "\n".join(rows[name] for name in ordered) + "\n"]
    parts += [sections[name] + "\n" for name in names if name in sections]
    path.write_text("\n".join(parts))


def _bench_of(name: str) -> str:
    return max((bench for bench in BENCHES if name.startswith(bench)), key=len)


def _row(measure: Measure) -> str:
    reached = {None: "", True: "yes", False: "**no**"}[measure.reached]
    cells = [
        f"`{measure.name}`",
        measure.unit,
        _shown(measure.ours),
        _shown(measure.reference),
        f"**{_shown(measure.ratio)}**",
        _shown(measure.min),
        _shown(measure.max),
        _shown(measure.p50),
        _shown(measure.p99),
        f"{measure.n:,}",
        str(measure.goal or ""),
        reached,
    ]
    return f"| {' | '.join(cells)} |"


def _shown(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _section(report: Report, run: Run) -> str:
    lines = [
        f"## `{run.name}`",
        "",
        f"{run.at:%Y-%m-%d %H:%M} UTC, commit {run.commit or 'unknown'}, {run.machine}; load {run.load}.",
        f"Command: `{run.command}`",
        *(["", *report.notes] if report.notes else []),
    ]
    for curve in report.curves:
        lines += ["", f"{curve.title}:", "", _of_curve(curve)]
    return "\n".join(lines)


def _of_curve(curve: Curve) -> str:
    return "\n".join([_table(curve.columns), *(f"| {' | '.join(row)} |" for row in curve.rows)])


def _table(columns: Sequence[str]) -> str:
    """The head of a table; what follows the first column stands on the right."""
    return f"| {' | '.join(columns)} |\n|---{'|---:' * (len(columns) - 1)}|"
