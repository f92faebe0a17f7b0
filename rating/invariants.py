"""What must hold of usage and its charges; each check answers the rows that break it.

The letters are those of the reliability catalogue, and M01 besides. No check reads the clock or changes anything.
"""

from typing import Final

from credits.invariants import Check, checks_of

#: What the re-ratings of each call have given back (above zero) or taken, by account and call.
_RERATED: Final = """
            SELECT account_id, substring(key FROM '^rerate:[0-9]+:([0-9]{1,18})(?::|$)')::bigint AS record_id,
                   sum(movement) AS movement
              FROM credits_journal WHERE starts_with(key, 'rerate:') GROUP BY 1, 2"""

_INTEGRITY: Final[dict[str, str]] = {
    # A usage id of a source is one record.
    "U01": """
        SELECT account.id AS account_id, record.organization_id AS organization, record.source, record.usage_id,
               record.records
          FROM (SELECT organization_id, source, usage_id, count(*) AS records
                  FROM rating_usagerecord GROUP BY organization_id, source, usage_id HAVING count(*) > 1) AS record
          LEFT JOIN credits_account AS account ON account.organization_id = record.organization_id""",
    # Every charged call is debited once, by its own journal; with what re-ratings gave back or took that is its charge.
    # Every journal under a call's key has its call.
    "U02": f"""
        WITH rerated AS ({_RERATED})
        SELECT account.id AS account_id, record.id AS record, record.charge, journal.id AS journal, journal.movement,
               rerated.movement AS rerated
          FROM rating_usagerecord AS record
          LEFT JOIN credits_account AS account ON account.organization_id = record.organization_id
          LEFT JOIN credits_journal AS journal ON journal.id = record.journal_id
          LEFT JOIN rerated ON rerated.record_id = record.id AND rerated.account_id = account.id
         WHERE (record.charge > 0 OR (record.state = 'charged' AND record.journal_id IS NOT NULL))
           AND (journal.kind = 'usage' AND journal.account_id = account.id
                AND journal.movement + coalesce(rerated.movement, 0) = -record.charge
                AND journal.key = 'usage:' || record.id) IS NOT TRUE
        UNION ALL
        SELECT journal.account_id, record.id, record.charge, journal.id, journal.movement, NULL
          FROM credits_journal AS journal
          LEFT JOIN rating_usagerecord AS record ON record.journal_id = journal.id
         WHERE journal.kind = 'usage' AND starts_with(journal.key, 'usage:') AND record.id IS NULL""",  # noqa: S608  # our own text
    # Nothing but a charged call is debited, neither by its journal nor under its key; what was one before a re-rating
    # has all of it back.
    "U03": f"""
        WITH rerated AS ({_RERATED})
        SELECT account.id AS account_id, record.id AS record, record.state, journal.id AS journal, journal.movement,
               rerated.movement AS rerated
          FROM rating_usagerecord AS record
          JOIN credits_account AS account ON account.organization_id = record.organization_id
          JOIN credits_journal AS journal ON journal.id = record.journal_id
          LEFT JOIN rerated ON rerated.record_id = record.id AND rerated.account_id = account.id
         WHERE record.state <> 'charged' AND journal.movement + coalesce(rerated.movement, 0) <> 0
        UNION
        SELECT account.id, record.id, record.state, journal.id, journal.movement, NULL
          FROM rating_usagerecord AS record
          JOIN credits_account AS account ON account.organization_id = record.organization_id
          JOIN credits_journal AS journal
            ON journal.account_id = account.id AND journal.key = 'usage:' || record.id
         WHERE record.state <> 'charged' AND journal.id IS DISTINCT FROM record.journal_id""",  # noqa: S608  # our own text
    # Each line of a re-rating begins where the one before it ended, the last ends where the call is now, and what its
    # journals moved is the difference. No journal is under a re-rating's key without its line.
    "U08": """
        WITH keyed AS (
            SELECT account_id, substring(key FROM '^rerate:([0-9]{1,18}):')::bigint AS rerating_id,
                   substring(key FROM '^rerate:[0-9]+:([0-9]{1,18})(?::|$)')::bigint AS record_id,
                   sum(movement) AS movement
              FROM credits_journal WHERE starts_with(key, 'rerate:') GROUP BY 1, 2, 3
        ), line AS (
            SELECT line.*, account.id AS account_id, record.charge, record.state,
                   lag(line.charge_after) OVER turns AS charge_was, lag(line.state_after) OVER turns AS state_was,
                   line.rerating_id = max(line.rerating_id) OVER (PARTITION BY line.record_id) AS last
              FROM rating_rerateline AS line
              JOIN rating_usagerecord AS record ON record.id = line.record_id
              LEFT JOIN credits_account AS account ON account.organization_id = record.organization_id
            WINDOW turns AS (PARTITION BY line.record_id ORDER BY line.rerating_id)
        )
        SELECT coalesce(line.account_id, keyed.account_id) AS account_id, line.id AS line,
               coalesce(line.record_id, keyed.record_id) AS record, line.charge_before, line.charge_after,
               line.charge_was, line.charge, keyed.movement, journal.key AS journal
          FROM line
          LEFT JOIN credits_journal AS journal ON journal.id = line.journal_id
          FULL JOIN keyed ON keyed.account_id = line.account_id AND keyed.rerating_id = line.rerating_id
                         AND keyed.record_id = line.record_id
         WHERE line.id IS NULL
            OR line.charge_before <> line.charge_was OR line.state_before <> line.state_was
            OR (line.last AND (line.charge_after <> line.charge OR line.state_after <> line.state))
            OR line.charge_before - line.charge_after
               <> coalesce(keyed.movement, CASE WHEN journal.key = 'usage:' || line.record_id
                                                THEN journal.movement END, 0)
            OR (line.journal_id IS NOT NULL
                AND (journal.account_id = line.account_id
                     AND journal.key IN ('rerate:' || line.rerating_id || ':' || line.record_id,
                                         'usage:' || line.record_id)) IS NOT TRUE)""",
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
    # The minutes used of an organization's pools in a month are those that its calls of that month were covered by, and
    # pool by pool where every call says which. The pools that a call names cover its covered minutes.
    "M01": """
        WITH covered AS (
            SELECT id, organization_id, date_trunc('month', started_at AT TIME ZONE 'UTC')::date AS month,
                   covered_minutes, covered_by
              FROM rating_usagerecord WHERE covered_minutes > 0 OR covered_by <> ''
        ), parts AS (
            SELECT covered.id, covered.organization_id, covered.month, covered.covered_minutes,
                   substring(part FROM '^(.*)=[0-9]+$') AS pool,
                   substring(part FROM '=([0-9]{1,9})$')::bigint AS minutes
              FROM covered CROSS JOIN LATERAL regexp_split_to_table(covered.covered_by, ';') AS part
             WHERE covered.covered_by <> ''
        ), found AS (
            SELECT organization_id, month, NULL AS pool, NULL::bigint AS record, pools.used, calls.covered
              FROM (SELECT organization_id, month, sum(used) AS used FROM rating_pooluse GROUP BY 1, 2) AS pools
              FULL JOIN (SELECT organization_id, month, sum(covered_minutes) AS covered FROM covered GROUP BY 1, 2)
                AS calls USING (organization_id, month)
             WHERE coalesce(pools.used, 0) <> coalesce(calls.covered, 0)
            UNION ALL
            SELECT organization_id, month, pool, NULL, pools.used, calls.minutes
              FROM (SELECT organization_id, month, pool, used FROM rating_pooluse) AS pools
              FULL JOIN (SELECT organization_id, month, pool, sum(minutes) AS minutes FROM parts GROUP BY 1, 2, 3)
                AS calls USING (organization_id, month, pool)
              JOIN (SELECT organization_id, month FROM covered GROUP BY 1, 2 HAVING bool_and(covered_by <> ''))
                AS clear USING (organization_id, month)
             WHERE coalesce(pools.used, 0) <> coalesce(calls.minutes, 0)
            UNION ALL
            SELECT organization_id, month, NULL, id, NULL, sum(minutes)
              FROM parts GROUP BY organization_id, month, id, covered_minutes
            HAVING sum(minutes) IS DISTINCT FROM covered_minutes
        )
        SELECT account.id AS account_id, found.organization_id AS organization, month, pool, record, used, covered
          FROM found LEFT JOIN credits_account AS account ON account.organization_id = found.organization_id""",
    # The minutes a pool keeps for live calls are those that the live sessions of its month keep of it.
    "M02": """
        SELECT account.id AS account_id, organization_id AS organization, month, pool, pools.held, live.kept
          FROM (SELECT organization_id, month, pool, held FROM rating_pooluse WHERE held > 0) AS pools
          FULL JOIN (SELECT session.organization_id,
                            date_trunc('month', session.started_at AT TIME ZONE 'UTC')::date AS month, kept.pool,
                            sum(kept.minutes::integer) AS kept
                       FROM rating_callsession AS session
                       CROSS JOIN LATERAL jsonb_each_text(session.minutes) AS kept(pool, minutes)
                      WHERE session.state = 'live' GROUP BY 1, 2, 3) AS live
            USING (organization_id, month, pool)
          LEFT JOIN credits_account AS account USING (organization_id)
         WHERE coalesce(pools.held, 0) <> coalesce(live.kept, 0)""",
    # The hold of a live session is of its organization's account, and was not closed while the grant was good; that of
    # a session that is over is not live.
    "H02": """
        SELECT account.id AS account_id, session.id AS session, session.state, hold.id AS hold, hold.state AS hold_state
          FROM rating_callsession AS session
          JOIN credits_hold AS hold ON hold.id = session.hold_id
          LEFT JOIN credits_account AS account ON account.organization_id = session.organization_id
         WHERE hold.account_id IS DISTINCT FROM account.id
            OR (session.state = 'live' AND hold.state <> 'live' AND hold.closed_at < session.expires_at)
            OR (session.state <> 'live' AND hold.state = 'live')""",
}

_HEALTH: Final[dict[str, str]] = {
    # The days of usage of an organization are what its rated calls of those days come to, in the zone they were built.
    "U09": """
        WITH counted AS (
            SELECT record.organization_id, (record.started_at AT TIME ZONE roll_up.time_zone)::date AS "on",
                   record.call_type, record.country, record.state, count(*) AS calls, sum(record.seconds) AS seconds,
                   sum(record.minutes) AS minutes, sum(record.covered_minutes) AS covered_minutes,
                   sum(record.charge) AS charge
              FROM rating_rollup AS roll_up
              JOIN rating_usagerecord AS record ON record.organization_id = roll_up.organization_id
             WHERE record.state <> 'waiting' GROUP BY 1, 2, 3, 4, 5
        )
        SELECT account.id AS account_id, found.*
          FROM (SELECT organization_id, "on", call_type, country, state, day.calls AS said, counted.calls,
                       day.charge AS charge_said, counted.charge
                  FROM (SELECT day.* FROM rating_usageday AS day JOIN rating_rollup USING (organization_id)) AS day
                  FULL JOIN counted USING (organization_id, "on", call_type, country, state)
                 WHERE (day.calls, day.seconds, day.minutes, day.covered_minutes, day.charge)
                       IS DISTINCT FROM
                       (counted.calls, counted.seconds, counted.minutes, counted.covered_minutes, counted.charge)
               ) AS found
          LEFT JOIN credits_account AS account USING (organization_id)""",
    # No file has been on its way for more than an hour. Its bytes are not kept, so only who has it can go on.
    "I02": """
        SELECT account.id AS account_id, file.id AS file, file.name, file.checksum AS sha256,
               coalesce(file.accepted_at, file.imported_at) AS since,
               (SELECT count(*) FROM rating_usagerecord AS record WHERE record.file_id = file.id) AS charged,
               CASE WHEN file.accepted_at IS NULL THEN 'not read to its end, nothing of it is charged'
                    ELSE 'charged in part, the other calls are kept nowhere else' END
               || '; import the same file again: manage.py import_usage FILE --organization '
               || organization.slug AS what
          FROM rating_usagefile AS file
          JOIN subscriptions_organization AS organization ON organization.id = file.organization_id
          LEFT JOIN credits_account AS account ON account.organization_id = file.organization_id
         WHERE file.finished_at IS NULL
           AND coalesce(file.accepted_at, file.imported_at) < %(now)s::timestamptz - interval '1 hour'""",
}

#: Integrity: a violation freezes the automatic charging of that account.
CHECKS: Final[dict[str, Check]] = checks_of(_INTEGRITY, whose="account_id")
#: Health: a violation is a warning.
HEALTH: Final[dict[str, Check]] = checks_of(_HEALTH, whose="account_id")
