"""One hot account through the synchronous door: 32 threads that wait together, beside 32 that each go alone."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from credits import till
from tests.benchmarks import books, cast, fleet, rounds
from tests.benchmarks.figures import Goal, Plan, Report, Sample, percentile, summarize

THREADS: Final = 32
ACCOUNTS: Final = 1_000


def run(plan: Plan) -> Report:
    """The rate, the slowest hundredth, and what the door costs a caller that nobody else waits with."""
    now = timezone.now()
    # It is one among others: plans made on empty tables are no plans.
    ids = books.open_accounts(
        ACCOUNTS, lots=cast.LOTS, amount=cast.AMOUNT, at=now, expires_at=now + timedelta(days=365)
    )[:1]

    def crowd(take: cast.Take, name: str) -> Sample:
        return fleet.threads(THREADS, cast.single(take, ids, run=name), plan.seconds)

    def lone(take: cast.Take, name: str) -> Sample:
        return fleet.threads(1, cast.single(take, ids, run=name), plan.seconds / 2)

    pairs = rounds.alternate(plan, lambda _: crowd(till.take, "take"), lambda _: crowd(till.alone, "alone"))
    alone = rounds.alternate(plan, lambda _: lone(till.take, "lone"), lambda _: lone(till.alone, "direct"))
    books.demand_booked(sum(ours.n + reference.n for ours, reference in [*pairs, *alone]))
    slowest = [(_slowest(ours), _slowest(reference)) for ours, reference in pairs]
    return Report(
        [
            summarize("debit_hot_sync", "debits/s", pairs, goal=Goal(8)),
            summarize("debit_hot_sync_p99", "ms", slowest, goal=Goal(0.1, at_least=False)),
            summarize("debit_hot_sync_lone", "debits/s", alone, goal=Goal(0.9)),
        ]
    )


def _slowest(sample: Sample) -> Sample:
    return Sample(percentile(sample.latencies, 0.99) or 0.0, sample.n, sample.latencies)
