"""One debit at a time: the synchronous door in 8 processes over 1,000 accounts, beside pgbench with 8 clients."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from credits import till
from tests.benchmarks import books, cast, fleet, pgbench, rounds
from tests.benchmarks.figures import Goal, Plan, Report, summarize

ACCOUNTS: Final = 1_000
CLIENTS: Final = 8


def run(plan: Plan) -> Report:
    """A rate against a rate. Both sides call the same function of the database; ours goes through the till."""
    now = timezone.now()
    ids = books.open_accounts(
        ACCOUNTS, lots=cast.LOTS, amount=cast.AMOUNT, at=now, expires_at=now + timedelta(days=365)
    )
    with fleet.processes(CLIENTS, cast.single(till.take, ids)) as workers:
        pairs = rounds.alternate(
            plan,
            lambda _: workers.run(plan.seconds),
            lambda _: pgbench.debits(ids[0], ids[-1], clients=CLIENTS, seconds=plan.seconds),
        )
    books.demand_booked(sum(ours.n + reference.n for ours, reference in pairs))
    return Report([summarize("debit_single", "debits/s", pairs, goal=Goal(0.5))])
