"""Lots that are due, over many accounts: the sweep, beside the same rows inserted and updated by plain SQL."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from unittest.mock import patch

from django.db import connection, transaction
from django.utils import timezone

from credits import accounts, expiry
from tests.benchmarks import books, rounds
from tests.benchmarks.figures import Curve, Goal, Measure, Plan, Report, Sample, percentile, summarize

LOTS: Final = 100_000
GROWTH: Final = (10_000, 100_000)
#: Of one account.
EACH: Final = 5
YEAR: Final = timedelta(days=365)

#: What the sweep leaves, in four statements: no locks, no keys that say what was before, no consequences.
_PLAIN: Final = (
    """INSERT INTO credits_journal (account_id, at, kind, key, movement, why)
       SELECT account_id, %(now)s, 'expiry', 'plain:' || id, -remaining, '' FROM credits_lot
        WHERE account_id BETWEEN %(first)s AND %(last)s""",
    """INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)
       SELECT account_id, id, substr(key, 7)::bigint, movement FROM credits_journal
        WHERE account_id BETWEEN %(first)s AND %(last)s AND kind = 'expiry'""",
    """UPDATE credits_lot SET expired = remaining, remaining = 0, open = false
        WHERE account_id BETWEEN %(first)s AND %(last)s""",
    "UPDATE credits_account SET balance = 0 WHERE id BETWEEN %(first)s AND %(last)s",
)


def run(plan: Plan) -> Report:
    """A rate against a rate; the longest transaction; how the time grows with the number of lots."""
    at = timezone.now() - 2 * YEAR
    lots = plan.of(LOTS)
    transactions: list[float] = []
    pairs = rounds.alternate(plan, lambda _: _sweep(lots, at, transactions), lambda _: _plain(lots, at))
    sizes = [*GROWTH, *([10 * GROWTH[-1]] if plan.large else [])]
    grown = [(size, _sweep(size, at, transactions).value) for size in sizes]
    curve = Curve(
        f"Lots due at once, {EACH} of an account",
        ("lots", "lots/s", "seconds"),
        [(f"{size:,}", f"{rate:,.0f}", f"{size / rate:.2f}") for size, rate in grown],
    )
    seconds = [Sample(size / rate, size) for size, rate in grown]
    growth = summarize("expiry_growth", "s", [(seconds[-1], seconds[-2])], goal=Goal(12, at_least=False))
    ratio = summarize("expiry", "lots/s", pairs, goal=Goal(0.5))
    return Report([ratio, growth, _longest(transactions)], [curve], [f"{lots:,} lots are due in each round."])


def _longest(transactions: list[float]) -> Measure:
    """The longest of all transactions of the sweep, in seconds; the goal is half of one."""
    longest = max(transactions)
    milliseconds = [seconds * 1000 for seconds in transactions]
    p50, p99 = percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)
    low = min(transactions)
    goal = Goal(0.5, at_least=False)
    return Measure("expiry_transaction", "s", longest, 1.0, longest, low, longest, p50, p99, len(transactions), goal)


def _fill(lots: int, at: datetime) -> list[int]:
    return books.open_accounts(max(1, lots // EACH), lots=EACH, amount=10, at=at, expires_at=at + YEAR)


def _sweep(lots: int, at: datetime, transactions: list[float]) -> Sample:
    """What a worker does when the bell rings, and again until nothing is due."""
    ids = _fill(lots, at)
    original = accounts.changing_free

    @contextmanager
    def timed(chosen: Sequence[int], *, now: datetime) -> Iterator[list[int]]:
        before = time.perf_counter()
        with original(chosen, now=now) as free:
            yield free
        transactions.append(time.perf_counter() - before)

    with patch.object(accounts, "changing_free", timed):
        start, done = time.perf_counter(), 0
        while moved := expiry.expire_due(now=timezone.now()):
            done += moved
        elapsed = time.perf_counter() - start
    if done != len(ids) * EACH:
        raise RuntimeError(f"{done} of {len(ids) * EACH} lots expired")
    return Sample(done / elapsed, done)


def _plain(lots: int, at: datetime) -> Sample:
    ids = _fill(lots, at)
    start = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _PLAIN:
            cursor.execute(statement, {"now": timezone.now(), "first": ids[0], "last": ids[-1]})
    return Sample(len(ids) * EACH / (time.perf_counter() - start), len(ids) * EACH)
