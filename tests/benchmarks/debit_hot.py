"""One hot account: the batch sweep takes what 8 workers leave, beside pgbench with 8 clients on that account."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from tests.benchmarks import books, cast, fleet, pgbench, rounds
from tests.benchmarks.figures import Curve, Goal, Plan, Report, Sample, summarize

BATCH: Final = 200
#: One sweep at a time has the account's lock; a second has its batch ready when the first lets go.
WORKERS: Final = 2
BATCHES: Final = (1, 10, 50, 200, 500)
ACCOUNTS: Final = 1_000


def run(plan: Plan) -> Report:
    """A rate against a rate, and how ours grows with the size of the batch."""
    now = timezone.now()
    # It is one among others: plans made on empty tables are no plans.
    ids = books.open_accounts(
        ACCOUNTS, lots=cast.LOTS, amount=cast.AMOUNT, at=now, expires_at=now + timedelta(days=365)
    )[:1]
    with fleet.processes(WORKERS, cast.batch(ids, BATCH, run="hot")) as workers:
        pairs = rounds.alternate(
            plan,
            lambda _: workers.run(plan.seconds),
            lambda _: pgbench.debits(ids[0], ids[0], clients=8, seconds=plan.seconds),
        )
    books.demand_booked(sum(ours.n + reference.n for ours, reference in pairs))
    found = [(size, _grown(ids, size, plan)) for size in BATCHES]
    curve = Curve(
        f"Charges in one transaction, one account, {WORKERS} processes",
        ("charges", "debits/s"),
        [(str(size), f"{sample.value:,.0f}") for size, sample in found],
    )
    return Report([summarize("debit_hot", "debits/s", pairs, goal=Goal(10))], [curve])


def _grown(ids: list[int], size: int, plan: Plan) -> Sample:
    with fleet.processes(WORKERS, cast.batch(ids, size, run=f"hot:{size}")) as workers:
        return workers.run(plan.seconds / 2)
