"""An account day by day: the balance at the end of each day, and what moved it.

Days are the organization's. They are made of sums by the quarter of an hour (credits.sums) and of the journals that no
sum has yet, so a year costs the same whether it had ten thousand calls or ten million.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from credits import sums
from credits.models import Account, Journal
from credits.spending_history import USAGE
from subscriptions import periods

_ZERO: Final = Decimal(0)
_DAY: Final = timedelta(days=1)
_ADDED: Final = (Journal.Kind.PURCHASE, Journal.Kind.GRANT)
#: One statement, hence one state of the books, whoever charges meanwhile. The place was read before it as well, for a
#: figure with which the journals behind it are planned; it only ever rises, so the exact one takes from those.
_MOVED: Final = """
    WITH moved AS (
        SELECT begins_at AS at, kind, movement FROM credits_journalsum
         WHERE account_id = %(account)s AND begins_at >= %(since)s
        UNION ALL
        SELECT at, kind, movement FROM credits_journal
         WHERE account_id = %(account)s AND at >= %(since)s AND id > %(reached)s
           AND id > coalesce((SELECT journal_id FROM credits_summedto WHERE account_id = %(account)s), 0)
    ), days AS (
        SELECT CASE WHEN at < %(until)s THEN (at AT TIME ZONE %(zone)s)::date END AS day,
               -sum(movement) FILTER (WHERE kind = ANY(%(usage)s)) AS used,
               sum(movement) FILTER (WHERE kind = ANY(%(added)s)) AS added,
               -sum(movement) FILTER (WHERE kind = %(expiry)s) AS expired,
               sum(movement) AS moved
          FROM moved GROUP BY 1
    )
    SELECT balance, day, coalesce(used, 0), coalesce(added, 0), coalesce(expired, 0), coalesce(moved, 0)
      FROM credits_account LEFT JOIN days ON true WHERE id = %(account)s"""


@dataclass(frozen=True, slots=True)
class Day:
    """One day: closing = opening + added - used - expired + other, exactly.

    `used` is what calls cost less what was given back of it; `added` was bought or granted; `other` is what was
    adjusted, refunded, voided or lost in a dispute, with its sign.
    """

    day: date
    closing: Decimal
    used: Decimal = _ZERO
    added: Decimal = _ZERO
    expired: Decimal = _ZERO
    other: Decimal = _ZERO

    @property
    def moved(self) -> Decimal:
        """By how much the balance moved."""
        return self.added - self.used - self.expired + self.other

    @property
    def opening(self) -> Decimal:
        """The balance when the day began."""
        return self.closing - self.moved


def days(account: Account, *, since: date, until: date, zone: ZoneInfo, now: datetime) -> list[Day]:
    """Every day from `since` to `until`, both included, in order; none that is yet to come. Two queries.

    The last day's closing balance is the one of this moment when the day is today. Meant for spans of up to two years.
    """
    until = min(until, now.astimezone(zone).date())
    if since > until:
        return []
    balance, moved, later = _moved(account, since, until, zone)
    closing, found = balance - later, []
    for turn in range((until - since).days, -1, -1):
        day = Day(since + turn * _DAY, closing, **moved.get(since + turn * _DAY, {}))
        found.append(day)
        closing = day.opening
    return found[::-1]


def total(these: Iterable[Day]) -> Day:
    """Several days in order as one: their movements together, the closing balance of the last. One at least."""
    found = list(these)
    return Day(
        found[-1].day,
        found[-1].closing,
        *(sum((getattr(day, name) for day in found), _ZERO) for name in ("used", "added", "expired", "other")),
    )


def _moved(
    account: Account, since: date, until: date, zone: ZoneInfo
) -> tuple[Decimal, dict[date, dict[str, Decimal]], Decimal]:
    """The balance of now, what moved it on each day of the span that moved it, and by how much it moved since."""
    asked: dict[str, Any] = {
        "account": account.pk,
        "since": periods.end_of_day(since - _DAY, zone),
        "until": periods.end_of_day(until, zone),
        "zone": zone.key,
        "reached": sums.reached(account.pk),
        "usage": list(USAGE),
        "added": list(_ADDED),
        "expiry": Journal.Kind.EXPIRY,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, asked)
        rows = cursor.fetchall()
    by_day = {
        day: {"used": used, "added": added, "expired": expired, "other": moved - added + used + expired}
        for _, day, used, added, expired, moved in rows
        if day is not None
    }
    return rows[0][0], by_day, sum((row[-1] for row in rows if row[1] is None), _ZERO)
