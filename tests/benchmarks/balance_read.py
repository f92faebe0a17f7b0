"""The four figures of an account with a long history, beside those of one with a short history."""

import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from credits import figures, standing
from credits.models import Account
from tests.benchmarks import books, cast, rounds
from tests.benchmarks.figures import Curve, Goal, Plan, Report, Sample, percentile, summarize

SHORT: Final = 10_000
LONG: Final = 1_000_000
#: Every so many charges a lot was used up; those are in the history too.
PER_LOT: Final = 1_000
READS: Final = 300

_PAST: Final = (
    """WITH lots AS (
           INSERT INTO credits_lot (account_id, kind, priority, rank, amount, remaining, held, expired, voided, open,
                                    purchased_at, effective_at, expires_at)
           SELECT %(account)s, 'promotion', 0, 0, %(each)s * 0.01, 0, 0, 0, 0, false, %(at)s, %(at)s, %(expires)s
             FROM generate_series(1, %(lots)s) RETURNING id
       ), journals AS (
           INSERT INTO credits_journal (account_id, at, kind, key, movement, why)
           SELECT %(account)s, %(at)s, 'grant', 'lot:' || id, %(each)s * 0.01, '' FROM lots RETURNING id, key
       )
       INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)
       SELECT %(account)s, id, substr(key, 5)::bigint, %(each)s * 0.01 FROM journals""",
    """WITH lots AS (
           SELECT id FROM credits_lot WHERE account_id = %(account)s AND NOT open
       ), journals AS (
           INSERT INTO credits_journal (account_id, at, kind, key, movement, why)
           SELECT %(account)s, %(at)s, 'usage', 'past:' || id || ':' || n, -0.01, ''
             FROM lots, generate_series(1, %(each)s) AS n ORDER BY id, n RETURNING id, key
       )
       INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)
       SELECT %(account)s, id, split_part(key, ':', 2)::bigint, -0.01 FROM journals""",
)


def run(plan: Plan) -> Report:
    """A time against a time, and the time along the length of the history."""
    now = timezone.now()
    long = plan.of(LONG) * (10 if plan.large else 1)
    lengths = sorted({plan.of(SHORT), plan.of(100_000), plan.of(LONG), long})
    ids = books.open_accounts(len(lengths), lots=cast.LOTS, amount=1_000, at=now, expires_at=now + timedelta(days=365))
    for account_id, length in zip(ids, lengths, strict=True):
        _live(account_id, length, at=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE credits_lot, credits_journal, credits_entry")
    pairs = rounds.alternate(plan, lambda _: _read(ids[-1]), lambda _: _read(ids[0]))
    found = [(length, _read(account_id)) for account_id, length in zip(ids, lengths, strict=True)]
    curve = Curve(
        f"Entries of the account, one used-up lot for {PER_LOT:,} of them",
        ("entries", "p50 ms", "p99 ms"),
        [
            (f"{length:,}", f"{read.value:.3f}", f"{percentile(read.latencies, 0.99) or 0:.3f}")
            for length, read in found
        ],
    )
    notes = [f"The long history has {lengths[-1]:,} entries, the short one {lengths[0]:,}."]
    return Report([summarize("balance_read", "ms", pairs, goal=Goal(1.1, at_least=False))], [curve], notes)


def _live(account_id: int, entries: int, *, at: datetime) -> None:
    each = min(PER_LOT, entries)
    given: dict[str, Any] = {
        "account": account_id,
        "lots": entries // each,
        "each": each,
        "at": at,
        "expires": at + timedelta(days=1),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _PAST:
            cursor.execute(statement, given)


def _read(account_id: int) -> Sample:
    """The median of many reads: the account's row, the four figures, and whether calls are allowed."""
    latencies = []
    for _ in range(READS):
        before = time.perf_counter()
        account = Account.objects.get(pk=account_id)
        figures.of(account, now=timezone.now())
        standing.of_account(account, now=timezone.now())
        latencies.append((time.perf_counter() - before) * 1000)
    return Sample(percentile(latencies, 0.5) or 0.0, READS, latencies)
