"""What must hold of accounts, lots, journals and payments; each check answers the rows that break it.

The letters are those of the reliability catalogue. None of them looks at the clock.
"""

from collections.abc import Callable
from typing import Any, Final

from django.db import connection

#: A check takes an account id, or None for all accounts, and answers the offending rows.
Check = Callable[[int | None], list[dict[str, Any]]]

_SQL: Final[dict[str, str]] = {
    # A journal's entries sum to its movement, and belong to its account; a journal without entries moved nothing.
    "L01": """
        SELECT journal.account_id, journal.id AS journal, journal.movement, sums.total
          FROM credits_journal AS journal
          LEFT JOIN (SELECT journal_id, sum(amount) AS total
                       FROM credits_entry GROUP BY journal_id) AS sums ON sums.journal_id = journal.id
         WHERE sums.total IS DISTINCT FROM journal.movement
            OR EXISTS (SELECT 1 FROM credits_entry AS entry
                        WHERE entry.journal_id = journal.id AND entry.account_id <> journal.account_id)""",
    # The balance kept with the account is the sum of all its entries.
    "L04": """
        SELECT account.id AS account_id, account.balance, coalesce(sums.total, 0) AS total
          FROM credits_account AS account
          LEFT JOIN (SELECT account_id, sum(amount) AS total FROM credits_entry GROUP BY account_id) AS sums
            ON sums.account_id = account.id
         WHERE account.balance <> coalesce(sums.total, 0)""",
    # The balance is what the lots have left, less the overdraft; the overdraft is what charges still owe.
    "L05": """
        SELECT account.id AS account_id, account.balance, lots.remaining, account.overdraft, debts.remaining AS owed
          FROM credits_account AS account
          LEFT JOIN (SELECT account_id, sum(remaining) AS remaining FROM credits_lot GROUP BY account_id) AS lots
            ON lots.account_id = account.id
          LEFT JOIN (SELECT account_id, sum(remaining) AS remaining FROM credits_debt GROUP BY account_id) AS debts
            ON debts.account_id = account.id
         WHERE account.balance <> coalesce(lots.remaining, 0) - account.overdraft
            OR account.overdraft <> coalesce(debts.remaining, 0)""",
    # A lot never has more left than it had, nor less than nothing.
    "L06": """
        SELECT account_id, id AS lot, amount, remaining, held
          FROM credits_lot
         WHERE NOT (amount > 0 AND remaining BETWEEN 0 AND amount AND held BETWEEN 0 AND remaining)
            OR open <> (remaining > 0)""",
    # What a lot has left is the sum of its entries; what an uncovered charge owes, that of its lotless entries.
    "L07": """
        SELECT lot.account_id, lot.id AS lot, lot.remaining, coalesce(sums.total, 0) AS total
          FROM credits_lot AS lot
          LEFT JOIN (SELECT lot_id, sum(amount) AS total FROM credits_entry WHERE lot_id IS NOT NULL GROUP BY lot_id)
            AS sums ON sums.lot_id = lot.id
         WHERE lot.remaining <> coalesce(sums.total, 0)
        UNION ALL
        SELECT debt.account_id, debt.journal_id, debt.remaining, coalesce(-sums.total, 0)
          FROM credits_debt AS debt
          LEFT JOIN (SELECT coalesce(journal.origin_id, journal.id) AS origin, sum(entry.amount) AS total
                       FROM credits_entry AS entry JOIN credits_journal AS journal ON journal.id = entry.journal_id
                      WHERE entry.lot_id IS NULL GROUP BY 1) AS sums ON sums.origin = debt.journal_id
         WHERE debt.remaining <> coalesce(-sums.total, 0)""",
    # Nothing is owed while a lot that was good then, or came later, has credit that no hold keeps.
    "U06": """
        SELECT debt.account_id, debt.journal_id AS journal, debt.remaining, lot.id AS lot
          FROM credits_debt AS debt
          JOIN credits_journal AS journal ON journal.id = debt.journal_id
          JOIN credits_lot AS lot ON lot.account_id = debt.account_id
         WHERE debt.open AND lot.open AND lot.frozen_at IS NULL AND lot.remaining > lot.held
           AND lot.effective_at <= greatest(journal.at, lot.purchased_at) AND lot.expires_at > journal.at""",
    # No expiry is booked before its instant.
    "E02": """
        SELECT journal.account_id, journal.id AS journal, journal.at, lot.expires_at
          FROM credits_journal AS journal
          JOIN credits_entry AS entry ON entry.journal_id = journal.id
          JOIN credits_lot AS lot ON lot.id = entry.lot_id
         WHERE journal.kind = 'expiry' AND journal.at < lot.expires_at""",
    # Every succeeded payment has one lot, of its amount, for its account; no other payment has one.
    "P01": """
        SELECT payment.account_id, payment.id AS payment, payment.state, payment.amount, lot.amount AS lot
          FROM credits_payment AS payment
          LEFT JOIN credits_lot AS lot ON lot.payment_id = payment.id
         WHERE CASE WHEN payment.state = 'succeeded'
                    THEN lot.id IS NULL OR lot.amount <> payment.amount OR lot.account_id <> payment.account_id
                    ELSE lot.id IS NOT NULL END""",
    # At most one charge of an account is in flight, and at most one round is open.
    "R01": """
        SELECT account_id, count(*) AS in_flight FROM credits_payment
         WHERE state IN ('pending', 'submitting', 'requires_action', 'unknown') GROUP BY account_id HAVING count(*) > 1
        UNION ALL
        SELECT account_id, count(*) FROM credits_recharge WHERE state = 'open' GROUP BY account_id
        HAVING count(*) > 1""",
}


def rows_of(sql: str, account_id: int | None) -> list[dict[str, Any]]:
    """The rows of a check's query, of one account when one is named."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM ({sql}) AS broken WHERE %s::bigint IS NULL OR account_id = %s",  # noqa: S608  # our own text
            [account_id, account_id],
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _check(sql: str) -> Check:
    return lambda account_id: rows_of(sql, account_id)


#: Integrity: one violation freezes the automatic charging of that account.
CHECKS: Final[dict[str, Check]] = {name: _check(sql) for name, sql in _SQL.items()}
