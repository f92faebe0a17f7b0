"""What must hold of notices and their copies; each check answers the rows that break it.

The shape of a check stands here because this is the lowest floor that has any. The letters are those of the
reliability catalogue. No check reads the clock or changes anything.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import connection

#: A check takes an id, or None for all, and the moment; it answers the offending rows. The id is the account's, on
#: this floor the organization's, and each row says whose it is under `account_id`, here under `organization_id`.
Check = Callable[[int | None, datetime], list[dict[str, Any]]]


def checks_of(queries: Mapping[str, str], *, whose: str) -> dict[str, Check]:
    """Checks from queries: each selects the column `whose` and may speak of `%(now)s`."""
    return {name: partial(rows_of, query, whose) for name, query in queries.items()}


def rows_of(query: str, whose: str, of: int | None, now: datetime) -> list[dict[str, Any]]:
    """The rows of a check's query, of one account or organization when one is given."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({query}) AS broken WHERE %(of)s::bigint IS NULL OR {whose} = %(of)s",  # noqa: S608  # our own text
            {"of": of, "now": now},
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_INTEGRITY: Final[dict[str, str]] = {
    # An occasion is told to an organization once.
    "N01": """
        SELECT organization_id, kind, key, count(*) AS notices
          FROM notifications_notice GROUP BY organization_id, kind, key HAVING count(*) > 1""",
}

_HEALTH: Final[dict[str, str]] = {
    # Within five minutes every notice that still holds has its copies, and every copy is sent or tried again; none has
    # failed lately.
    "O01": """
        SELECT organization_id, id AS notice, NULL::bigint AS delivery, 'not addressed' AS why, due_at
          FROM notifications_notice
         WHERE addressed_at IS NULL AND withdrawn_at IS NULL
           AND due_at < %(now)s::timestamptz - interval '5 minutes'
        UNION ALL
        SELECT notice.organization_id, notice.id, delivery.id, delivery.state, delivery.due_at
          FROM notifications_delivery AS delivery JOIN notifications_notice AS notice ON notice.id = delivery.notice_id
         WHERE (delivery.state = 'waiting' AND delivery.due_at < %(now)s::timestamptz - interval '5 minutes')
            OR (delivery.state IN ('failed', 'bounced')
                AND delivery.due_at > %(now)s::timestamptz - interval '7 days')""",
    # No copy is left with a sender whose lease ended a quarter of an hour ago, and every sent one has its time.
    "N02": """
        SELECT notice.organization_id, delivery.id AS delivery, delivery.state, delivery.due_at, delivery.sent_at
          FROM notifications_delivery AS delivery JOIN notifications_notice AS notice ON notice.id = delivery.notice_id
         WHERE (delivery.state = 'sending' AND delivery.due_at < %(now)s::timestamptz - interval '15 minutes')
            OR (delivery.state = 'sent' AND delivery.sent_at IS NULL)""",
}

#: Integrity: a violation freezes the automatic charging of that organization's account.
CHECKS: Final[dict[str, Check]] = checks_of(_INTEGRITY, whose="organization_id")
#: Health: a violation is a warning.
HEALTH: Final[dict[str, Check]] = checks_of(_HEALTH, whose="organization_id")
