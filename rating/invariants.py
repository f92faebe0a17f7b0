"""What must hold of usage and its charges; each check answers the rows that break it.

The letters are those of the reliability catalogue. None of them looks at the clock.
"""

from typing import Final

from credits.invariants import Check, rows_of

_SQL: Final[dict[str, str]] = {
    # A usage id of a source is one record.
    "U01": """
        SELECT account.id AS account_id, record.organization_id AS organization, record.source, record.usage_id,
               count(*) AS records
          FROM rating_usagerecord AS record
          LEFT JOIN credits_account AS account ON account.organization_id = record.organization_id
         GROUP BY account.id, record.organization_id, record.source, record.usage_id HAVING count(*) > 1""",
    # Every charged call is debited once, by its own journal and amount; every usage journal has its call.
    "U02": """
        SELECT account.id AS account_id, record.id AS record, record.charge, journal.id AS journal, journal.movement
          FROM rating_usagerecord AS record
          LEFT JOIN credits_account AS account ON account.organization_id = record.organization_id
          LEFT JOIN credits_journal AS journal ON journal.id = record.journal_id
         WHERE record.charge > 0
           AND (journal.kind = 'usage' AND journal.account_id = account.id AND journal.movement = -record.charge
                AND journal.key = 'usage:' || record.id) IS NOT TRUE
        UNION ALL
        SELECT journal.account_id, record.id, record.charge, journal.id, journal.movement
          FROM credits_journal AS journal
          LEFT JOIN rating_usagerecord AS record ON record.journal_id = journal.id
         WHERE journal.kind = 'usage' AND record.id IS NULL""",
    # Nothing but a charged call is debited, neither by its journal nor under its key.
    "U03": """
        SELECT account.id AS account_id, record.id AS record, record.state, journal.id AS journal, journal.movement
          FROM rating_usagerecord AS record
          JOIN credits_account AS account ON account.organization_id = record.organization_id
          JOIN credits_journal AS journal
            ON journal.id = record.journal_id
            OR (journal.account_id = account.id AND journal.key = 'usage:' || record.id)
         WHERE record.state <> 'charged'""",
}


def _check(sql: str) -> Check:
    return lambda account_id: rows_of(sql, account_id)


#: Integrity: one violation freezes the automatic charging of that account.
CHECKS: Final[dict[str, Check]] = {name: _check(sql) for name, sql in _SQL.items()}
