"""Fill a bench's database with accounts and lots by plain SQL, and prove afterwards that the books are right."""

import io
from datetime import datetime
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from credits.models import Account

#: Statements, each for the accounts first to last. Every lot is granted by a journal with one entry.
_ORGANIZATIONS = """
    INSERT INTO subscriptions_organization (name, slug, country, time_zone, currency, language, created_at)
    SELECT 'Bench ' || n, 'bench-' || n, 'US', 'UTC', 'USD', 'en', %(at)s FROM generate_series(%(from)s, %(to)s) AS n
    RETURNING id"""
_ACCOUNTS = """
    INSERT INTO credits_account (organization_id, currency, balance, overdraft, held, customer_ref, created_at)
    SELECT id, 'USD', 0, 0, 0, '', %(at)s FROM unnest(%(organizations)s::bigint[]) AS id RETURNING id"""
_TERMS = """
    INSERT INTO credits_autorecharge (account_id, enabled, trigger_amount, recharge_amount, failed_rounds)
    SELECT id, false, 20, 50, 0 FROM unnest(%(accounts)s::bigint[]) AS id"""
_LOTS = """
    WITH lots AS (
        INSERT INTO credits_lot (account_id, kind, priority, rank, amount, remaining, held, expired, voided, open,
                                 purchased_at, effective_at, expires_at)
        SELECT account, 'promotion', 0, 0, %(amount)s, %(amount)s, 0, 0, 0, true, %(at)s, %(at)s,
               %(expires)s::timestamptz + n * interval '1 second'
          FROM unnest(%(accounts)s::bigint[]) AS account, generate_series(1, %(lots)s) AS n
        RETURNING id, account_id
    ), journals AS (
        INSERT INTO credits_journal (account_id, at, kind, key, movement, why)
        SELECT account_id, %(at)s, 'grant', 'lot:' || id, %(amount)s, '' FROM lots RETURNING id, account_id, key
    ), entries AS (
        INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)
        SELECT account_id, id, substr(key, 5)::bigint, %(amount)s FROM journals
    )
    UPDATE credits_account SET balance = balance + %(lots)s * %(amount)s WHERE id = ANY(%(accounts)s)"""


def open_accounts(count: int, *, lots: int, amount: int, at: datetime, expires_at: datetime) -> list[int]:
    """New accounts, ids ascending, each with so many lots of that amount that expire at about that instant."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT count(*) FROM subscriptions_organization")
        known: int = cursor.fetchone()[0]
        given: dict[str, Any] = {"at": at, "from": known + 1, "to": known + count, "amount": amount, "lots": lots}
        given["expires"] = expires_at
        given["organizations"] = _ids(cursor, _ORGANIZATIONS, given)
        accounts = given["accounts"] = _ids(cursor, _ACCOUNTS, given)
        cursor.execute(_TERMS, given)
        if lots:
            cursor.execute(_LOTS, given)
        # Autovacuum comes in its own time; a bench wants the planner to know at once.
        cursor.execute("ANALYZE credits_account, credits_lot, credits_journal, credits_entry, credits_autorecharge")
    return accounts


def _ids(cursor: Any, statement: str, given: dict[str, Any]) -> list[int]:
    cursor.execute(statement, given)
    return sorted(row[0] for row in cursor.fetchall())


def prepare() -> None:
    """Make the tables, and the sequence that pgbench takes its keys from."""
    call_command("migrate", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE IF NOT EXISTS bench_key CACHE 1000")


def demand_booked(expected: int) -> None:
    """Raises RuntimeError unless as many charges are booked as were counted: a debit that does nothing is quick."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM credits_journal WHERE kind = 'usage'")
        booked = cursor.fetchone()[0]
    if booked < expected:
        raise RuntimeError(f"{expected} debits were counted, {booked} are booked")


def are_right() -> str | None:
    """None when `check_ledger` finds nothing; else what it says."""
    said = io.StringIO()
    try:
        call_command("check_ledger", stdout=said)
    except CommandError as error:
        return f"{said.getvalue()}\n{error}"
    return None


def ends() -> tuple[int, int]:
    """The first and last id of the accounts."""
    ids = Account.objects.order_by("pk").values_list("pk", flat=True)
    return ids[0], ids.reverse()[0]
