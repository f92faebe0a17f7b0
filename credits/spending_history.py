"""What an account has spent, hour by hour, and how its balance moved: two short queries, however much there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from credits.models import Account, Journal
from subscriptions import money

#: Calls as they were charged, and what was given back of them.
USAGE: Final = (Journal.Kind.USAGE, Journal.Kind.CORRECTION)
#: Journals are numbered as they are booked, but for those that overtake each other; none does by so long.
_OVERTAKEN: Final = timedelta(days=1)

#: The first number from which on journals are not older than the instant: found by halving, some thirty looks into the
#: index by account and number, so that the years before cost nothing.
_FIRST: Final = """
    WITH RECURSIVE ends AS (
        SELECT (SELECT id FROM credits_journal WHERE account_id = %(account)s ORDER BY id LIMIT 1) AS low,
               (SELECT id + 1 FROM credits_journal WHERE account_id = %(account)s ORDER BY id DESC LIMIT 1) AS high
    ), search (low, high) AS (
        SELECT low, high FROM ends WHERE low IS NOT NULL
        UNION ALL
        SELECT CASE WHEN found.at < %(since)s THEN found.id + 1 ELSE low END,
               CASE WHEN found.at < %(since)s THEN high ELSE (low + high) / 2 END
          FROM search, LATERAL (
               SELECT id, at FROM credits_journal
                WHERE account_id = %(account)s AND id >= (low + high) / 2 ORDER BY id LIMIT 1) AS found
         WHERE low < high
    )
    SELECT min(high) FROM search"""
_WITHIN: Final = "account_id = %(account)s AND id >= %(first)s AND at >= %(since)s AND at <= %(now)s"
_HOURS: Final = f"""
    SELECT date_trunc('hour', at, 'UTC'), coalesce(sum(movement) FILTER (WHERE kind = ANY(%(usage)s)), 0), sum(movement)
      FROM credits_journal WHERE {_WITHIN} GROUP BY 1 ORDER BY 1"""  # noqa: S608  # our own words
_SPENT: Final = f"""
    SELECT -coalesce(sum(movement), 0) FROM credits_journal
     WHERE {_WITHIN} AND kind = ANY(%(usage)s)"""  # noqa: S608  # our own words


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour in which something was booked, in millionths: its usage (below zero), and all that moved the balance."""

    at: datetime
    usage: int
    movement: int


def hours(account: Account, *, since: datetime, now: datetime) -> list[Hour]:
    """Every hour with a booking, in order; the first may have begun before `since`, but counts from there."""
    found = _within(_HOURS, account, since=since, now=now)
    return [Hour(at, money.to_micros(usage), money.to_micros(moved)) for at, usage, moved in found]


def spent(account: Account, *, since: datetime, now: datetime) -> Decimal:
    """What calls have cost since then, less what was given back; below zero when more was given back."""
    found = _within(_SPENT, account, since=since, now=now)
    total: Decimal = found[0][0] if found else Decimal(0)
    return total


def _within(statement: str, account: Account, *, since: datetime, now: datetime) -> Sequence[tuple[Any, ...]]:
    """Run it over the journals of since <= at <= now."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, {"account": account.pk, "since": since - _OVERTAKEN})
        (first,) = cursor.fetchone()
        if first is None:
            return []
        wanted = {"account": account.pk, "first": first, "since": since, "now": now, "usage": list(USAGE)}
        cursor.execute(statement, wanted)
        found: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return found
