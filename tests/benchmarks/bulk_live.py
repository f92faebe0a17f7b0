"""An import in short steps beside two clients that debit the same account and others."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from django.db import connections
from django.utils import timezone

from credits import till
from credits.models import Account
from rating import backfill
from tests.benchmarks import books, bulk_import, calls_file, cast, figures, fleet, place
from tests.benchmarks.figures import Goal, Measure, Report, Sample, percentile, summarize

ROWS: Final = 100_000
CLIENTS: Final = 2
_OTHERS: Final = 50


def run(plan: figures.Plan) -> Report:
    """The clients' rate beside the import against their rate alone, their p99, and the import against raw COPY."""
    now, rows = timezone.now(), plan.of(ROWS)
    bulk_import.prepare(now)
    books.open_accounts(_OTHERS, lots=cast.LOTS, amount=cast.AMOUNT, at=now, expires_at=now.replace(year=now.year + 1))
    ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    connections.close_all()
    raw = _raw(rows, now)
    with tempfile.TemporaryDirectory() as folder, fleet.processes(CLIENTS, cast.single(till.take, ids)) as clients:
        pairs, imports = [], []
        for number in range(plan.rounds):
            # Other calls each time: the same would be there already.
            path = calls_file.write(Path(folder) / f"{number}.csv", rows, until=now, first=number * rows)
            alone = clients.run(plan.seconds)
            beside, done = _beside(clients, path)
            pairs.append((beside, alone))
            imports.append(rows / done["seconds"])
    return Report(_measures(pairs, imports, raw))


def _beside(clients: fleet.Fleet, path: Path) -> tuple[Sample, dict[str, Any]]:
    """The clients step while the import runs, second by second until it ends."""
    with ThreadPoolExecutor(1) as pool:
        importing = pool.submit(bulk_import.imported, path, pace=backfill.BESIDE_OTHERS, fresh=False)
        samples = [clients.run(1)]
        while not importing.done():
            samples.append(clients.run(1))
    whole = samples[:-1] or samples
    latencies = [latency for sample in whole for latency in sample.latencies]
    return Sample(
        sum(one.value for one in whole) / len(whole), sum(one.n for one in whole), latencies
    ), importing.result()


def _raw(rows: int, now: datetime) -> float:
    """Raw COPY of what an import of as many calls leaves; the database is afterwards as it was."""
    bulk_import.clone(bulk_import.BEFORE, place.DATABASE)
    try:
        with tempfile.TemporaryDirectory() as folder:
            bulk_import.imported(calls_file.write(Path(folder) / "calls.csv", rows, until=now))
        rate = bulk_import.raw(rows)
        bulk_import.clone(place.DATABASE, bulk_import.BEFORE)
        return rate
    finally:
        bulk_import.drop(bulk_import.BEFORE, bulk_import.RAW)


def _measures(pairs: list[tuple[Sample, Sample]], imports: list[float], raw: float) -> list[Measure]:
    slow = [(_p99(beside), _p99(alone)) for beside, alone in pairs]
    tails = [(Sample(ours, 1), Sample(reference, 1)) for ours, reference in slow]
    copies = [(Sample(rate, 1), Sample(raw, 1)) for rate in imports]
    return [
        summarize("bulk_live", "debits/s", pairs, goal=Goal(0.6)),
        summarize("bulk_live_p99", "ms", tails, goal=Goal(5, at_least=False)),
        summarize("bulk_live_import", "calls/s", copies, goal=Goal(0.4)),
    ]


def _p99(sample: Sample) -> float:
    return percentile(sample.latencies, 0.99) or median(sample.latencies)
