"""The batch sweep over 1,000 accounts, beside pgbench debiting them one by one with 8 clients."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from tests.benchmarks import books, cast, fleet, pgbench, rounds
from tests.benchmarks.figures import Curve, Goal, Plan, Report, Sample, summarize

ACCOUNTS: Final = 1_000
WORKERS: Final = 2
#: What the sweep takes of an account at a time (rating.charging.charge_due).
BATCH: Final = 100
BATCHES: Final = (1, 10, 50, 100, 200)


def run(plan: Plan) -> Report:
    """A rate against a rate, and how ours grows with the size of the batch."""
    now = timezone.now()
    ids = books.open_accounts(
        ACCOUNTS, lots=cast.LOTS, amount=cast.AMOUNT, at=now, expires_at=now + timedelta(days=365)
    )
    with fleet.processes(WORKERS, cast.batch(ids, BATCH, run="many")) as workers:
        pairs = rounds.alternate(
            plan,
            lambda _: workers.run(plan.seconds),
            lambda _: pgbench.debits(ids[0], ids[-1], clients=8, seconds=plan.seconds),
        )
    books.demand_booked(sum(ours.n + reference.n for ours, reference in pairs))
    found = [(size, _grown(ids, size, plan)) for size in BATCHES]
    curve = Curve(
        f"Charges in one transaction, {ACCOUNTS} accounts, {WORKERS} processes",
        ("charges", "debits/s"),
        [(str(size), f"{sample.value:,.0f}") for size, sample in found],
    )
    return Report([summarize("debit_many", "debits/s", pairs, goal=Goal(3))], [curve])


def _grown(ids: list[int], size: int, plan: Plan) -> Sample:
    with fleet.processes(WORKERS, cast.batch(ids, size, run=f"many:{size}")) as workers:
        return workers.run(plan.seconds / 2)
