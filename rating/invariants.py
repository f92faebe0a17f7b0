"""What must hold of usage and its charges; each check answers the rows that break it.

The letters are those of the reliability catalogue, and M01 besides. No check reads the clock or changes anything.
"""

from typing import Final

from credits.invariants import Check, checks_of

_INTEGRITY: Final[dict[str, str]] = {
    # A usage id of a source is one record.
    "U01": """
        SELECT account.id AS account_id, record.organization_id AS organization, record.source, record.usage_id,
               record.records
          FROM (SELECT organization_id, source, usage_id, count(*) AS records
                  FROM rating_usagerecord GROUP BY organization_id, source, usage_id HAVING count(*) > 1) AS record
          LEFT JOIN credits_account AS account ON account.organization_id = record.organization_id""",
    # Every charged call is debited once, by its own journal and amount; every journal under a call's key has its call.
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
         WHERE journal.kind = 'usage' AND starts_with(journal.key, 'usage:') AND record.id IS NULL""",
    # Nothing but a charged call is debited, neither by its journal nor under its key.
    "U03": """
        SELECT account.id AS account_id, record.id AS record, record.state, journal.id AS journal, journal.movement
          FROM rating_usagerecord AS record
          JOIN credits_account AS account ON account.organization_id = record.organization_id
          JOIN credits_journal AS journal ON journal.id = record.journal_id
         WHERE record.state <> 'charged'
        UNION
        SELECT account.id, record.id, record.state, journal.id, journal.movement
          FROM rating_usagerecord AS record
          JOIN credits_account AS account ON account.organization_id = record.organization_id
          JOIN credits_journal AS journal
            ON journal.account_id = account.id AND journal.key = 'usage:' || record.id
         WHERE record.state <> 'charged'""",
    # Every row of a finished file is counted once: new ones are its records, quarantined ones stand in the quarantine
    # (of this file or, the same bytes again, of an earlier one), the rest was there already.
    "I01": """
        SELECT account.id AS account_id, file.id AS file, file.rows, file.new, taken.records, file.repeated,
               file.quarantined, own.lines
          FROM rating_usagefile AS file
          LEFT JOIN credits_account AS account ON account.organization_id = file.organization_id
          JOIN LATERAL (SELECT count(*) AS records FROM rating_usagerecord AS record
                         WHERE record.file_id = file.id) AS taken ON true
          JOIN LATERAL (SELECT count(DISTINCT row.line) AS lines FROM rating_quarantinedrow AS row
                         WHERE row.file_id = file.id) AS own ON true
          JOIN LATERAL (SELECT count(DISTINCT row.line) AS lines
                          FROM rating_usagefile AS same JOIN rating_quarantinedrow AS row ON row.file_id = same.id
                         WHERE same.organization_id = file.organization_id AND same.checksum = file.checksum
                           AND same.id <= file.id) AS same ON true
         WHERE file.finished_at IS NOT NULL
           AND (file.rows <> file.new + file.repeated + file.quarantined OR file.new <> taken.records
                OR file.quarantined NOT BETWEEN own.lines AND same.lines)""",
    # The minutes used of an organization's pools in a month are those that its calls of that month were covered by.
    "M01": """
        SELECT account.id AS account_id, organization_id AS organization, month, pools.used, calls.covered
          FROM (SELECT organization_id, month, sum(used) AS used FROM rating_pooluse GROUP BY organization_id, month)
               AS pools
          FULL JOIN (SELECT organization_id, date_trunc('month', started_at AT TIME ZONE 'UTC')::date AS month,
                            sum(covered_minutes) AS covered
                       FROM rating_usagerecord WHERE covered_minutes > 0 GROUP BY 1, 2) AS calls
            USING (organization_id, month)
          LEFT JOIN credits_account AS account USING (organization_id)
         WHERE coalesce(pools.used, 0) <> coalesce(calls.covered, 0)""",
}

#: Integrity: a violation freezes the automatic charging of that account.
CHECKS: Final[dict[str, Check]] = checks_of(_INTEGRITY, whose="account_id")
