"""X02: what has been booked stays as it was. The nightly check stores fingerprints, every check compares them.

A fingerprint is the count and the sum of the MD5 halves of every journal and entry of an account, up to one journal: it
does not depend on the order in which rows are read, and shows every change that nobody set out to hide.
"""

from datetime import datetime
from typing import Any, Final

from django.db import connection

from config.models import LedgerDigest

_LINES: Final = """
    SELECT journal.account_id, journal.id AS journal_id,
           md5(concat_ws('|', 'j', journal.account_id, journal.id, journal.kind, journal.key, journal.movement,
                         extract(epoch FROM journal.at), journal.why, 'o' || journal.origin_id,
                         'p' || journal.payment_id, 'a' || journal.actor_id)) AS line
      FROM credits_journal AS journal
    UNION ALL
    SELECT entry.account_id, entry.journal_id,
           md5(concat_ws('|', 'e', entry.account_id, entry.id, entry.journal_id, 'l' || entry.lot_id, entry.amount))
      FROM credits_entry AS entry"""

_SUM: Final = """
    md5(concat_ws('|', sum(('x' || left(line, 16))::bit(64)::bigint::numeric),
                  sum(('x' || right(line, 16))::bit(64)::bigint::numeric)))"""

# Only the newest fingerprint of an account is compared: it was stored when those before it were right.
_CHANGED: Final = f"""
    SELECT known.account_id, known.up_to_journal, known.count, found.count AS found_count, known.taken_at
      FROM (SELECT DISTINCT ON (account_id) * FROM config_ledgerdigest
             WHERE %(of)s::bigint IS NULL OR account_id = %(of)s ORDER BY account_id, up_to_journal DESC) AS known
      LEFT JOIN LATERAL (SELECT count(*) AS count, {_SUM} AS digest FROM ({_LINES}) AS lines
                          WHERE lines.account_id = known.account_id AND lines.journal_id <= known.up_to_journal)
        AS found ON true
     WHERE found.count IS DISTINCT FROM known.count OR found.digest IS DISTINCT FROM known.digest"""  # noqa: S608  # our own text

_STORE: Final = f"""
    INSERT INTO config_ledgerdigest (account_id, up_to_journal, count, digest, taken_at)
    SELECT account_id, max(journal_id), count(*), {_SUM}, %(now)s FROM ({_LINES}) AS lines
     WHERE account_id <> ALL(%(broken)s::bigint[]) GROUP BY account_id
    ON CONFLICT DO NOTHING"""  # noqa: S608  # our own text


def changed(account_id: int | None, now: datetime) -> list[dict[str, Any]]:
    """Accounts whose journals and entries of before their newest fingerprint are not what they were."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"of": account_id})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def store(*, broken: set[int], now: datetime) -> int:
    """Store a fingerprint of every account that has moved and is not broken; answers how many."""
    before = LedgerDigest.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"broken": list(broken), "now": now})
    return LedgerDigest.objects.count() - before
