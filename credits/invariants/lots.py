"""Lots over their lives: filled once, spent while they are good, expired when they are over, held within what is left.

Two things of the past are not kept, so the checks leave room for them: which lots a closed hold had kept (bounded by
the whole hold) and when a dispute ended (a lot that was ever disputed is left out where that matters).
"""

from typing import Final

QUERIES: Final[dict[str, str]] = {
    # A lot has never less than nothing left, nor more than it had; what it holds, it has; `open` says something is
    # left.
    "L06": """
        SELECT account_id, id AS lot, amount, remaining, held, expired, voided, open
          FROM credits_lot
         WHERE NOT (amount > 0 AND remaining BETWEEN 0 AND amount AND held BETWEEN 0 AND remaining
                    AND expired >= 0 AND voided >= 0 AND remaining + expired + voided <= amount)
            OR open <> (remaining > 0)""",
    # What a lot has left is the sum of its entries.
    "L07": """
        SELECT lot.account_id, lot.id AS lot, lot.remaining, coalesce(sums.total, 0) AS total
          FROM credits_lot AS lot
          LEFT JOIN (SELECT lot_id, sum(amount) AS total FROM credits_entry WHERE lot_id IS NOT NULL GROUP BY lot_id)
            AS sums ON sums.lot_id = lot.id
         WHERE lot.remaining <> coalesce(sums.total, 0)""",
    # A lot's first entry fills it, whole; what its entries expired and took back is what it says.
    "L08": """
        SELECT lot.account_id, lot.id AS lot, lot.amount, filling.amount AS filled, lot.expired, lot.voided,
               sums.expired AS entries_expired, sums.voided AS entries_voided
          FROM credits_lot AS lot
          LEFT JOIN (SELECT entry.lot_id, min(entry.journal_id) AS first,
                            -coalesce(sum(entry.amount) FILTER (WHERE journal.kind = 'expiry'), 0) AS expired,
                            -coalesce(sum(entry.amount) FILTER (WHERE journal.kind IN ('refund', 'void', 'dispute')), 0)
                                AS voided
                       FROM credits_entry AS entry JOIN credits_journal AS journal ON journal.id = entry.journal_id
                      WHERE entry.lot_id IS NOT NULL GROUP BY entry.lot_id) AS sums ON sums.lot_id = lot.id
          LEFT JOIN credits_entry AS filling ON filling.lot_id = lot.id AND filling.journal_id = sums.first
         WHERE filling.amount IS DISTINCT FROM lot.amount
            OR sums.expired IS DISTINCT FROM lot.expired OR sums.voided IS DISTINCT FROM lot.voided""",
    # No charge takes from a lot before it begins or after it has expired, save what its own hold had kept; nor does
    # a correction give back to one.
    "U05": """
        SELECT entry.account_id, entry.id AS entry, journal.kind, journal.at, lot.effective_at, lot.expires_at
          FROM credits_entry AS entry
          JOIN credits_journal AS journal ON journal.id = entry.journal_id
          JOIN credits_lot AS lot ON lot.id = entry.lot_id
          LEFT JOIN credits_hold AS hold ON hold.journal_id = journal.id
         WHERE (journal.at < lot.effective_at OR journal.at >= lot.expires_at)
           AND (journal.kind IN ('usage', 'settlement', 'correction')
                OR (journal.kind = 'adjustment' AND entry.amount < 0))
           AND (hold.created_at < lot.expires_at) IS NOT TRUE""",
    # Nothing is owed while a lot that is good has credit that no hold keeps. Every change settles; a lot that began
    # by itself since the last one has not been seen by any.
    "U06": """
        SELECT DISTINCT ON (debt.account_id, lot.id) debt.account_id, debt.journal_id AS charge, debt.remaining,
               lot.id AS lot, lot.remaining - lot.held AS free
          FROM credits_debt AS debt
          JOIN credits_lot AS lot ON lot.account_id = debt.account_id
          JOIN LATERAL (SELECT max(at) AS at FROM credits_journal AS journal WHERE journal.account_id = debt.account_id)
            AS last ON true
         WHERE debt.open AND lot.open AND lot.frozen_at IS NULL AND lot.remaining > lot.held
           AND lot.effective_at <= last.at AND lot.expires_at > greatest(last.at, %(now)s)
         ORDER BY debt.account_id, lot.id, debt.journal_id""",
    # When the expiry of a lot is booked, nothing is left of it but what holds keep.
    "E01": """
        SELECT expiry.account_id, expiry.lot_id AS lot, expiry.journal_id AS journal, expiry.remaining
          FROM (SELECT entry.account_id, entry.lot_id, entry.journal_id, journal.at, journal.kind,
                       sum(entry.amount) OVER (PARTITION BY entry.lot_id ORDER BY entry.journal_id) AS remaining
                  FROM credits_entry AS entry JOIN credits_journal AS journal ON journal.id = entry.journal_id
                 WHERE entry.lot_id IN (SELECT id FROM credits_lot WHERE expired > 0 AND disputed_at IS NULL)) AS expiry
         WHERE expiry.kind = 'expiry'
           AND expiry.remaining > (SELECT coalesce(sum(hold.amount), 0) FROM credits_hold AS hold
                                    WHERE hold.account_id = expiry.account_id AND hold.created_at <= expiry.at
                                      AND coalesce(hold.closed_at, 'infinity') >= expiry.at
                                      AND NOT EXISTS (SELECT 1 FROM credits_refund AS refund
                                                       JOIN credits_lot AS own ON own.payment_id = refund.payment_id
                                                      WHERE refund.hold_id = hold.id AND own.id <> expiry.lot_id))""",
    # No expiry is booked before its instant.
    "E02": """
        SELECT journal.account_id, journal.id AS journal, journal.at, lot.id AS lot, lot.expires_at
          FROM credits_journal AS journal
          JOIN credits_entry AS entry ON entry.journal_id = journal.id
          JOIN credits_lot AS lot ON lot.id = entry.lot_id
         WHERE journal.kind = 'expiry' AND journal.at < lot.expires_at""",
    # Two hours after its expiry a lot has nothing left but what holds keep, or kept until less than two hours ago.
    "E03": """
        SELECT lot.account_id, lot.id AS lot, lot.expires_at, lot.remaining, lot.held
          FROM credits_lot AS lot
         WHERE lot.open AND lot.disputed_at IS NULL AND lot.remaining > lot.held
           AND lot.expires_at < %(now)s::timestamptz - interval '2 hours'
           AND NOT EXISTS (SELECT 1 FROM credits_hold AS hold
                            WHERE hold.account_id = lot.account_id AND hold.created_at < lot.expires_at
                              AND hold.closed_at >= %(now)s::timestamptz - interval '2 hours')""",
    # A purchased lot lapses at the end of the day twelve calendar months after its purchase, in the organization's zone
    # of that time. Midnights that a clock change skips or doubles count as what the zone makes of them.
    "E04": """
        SELECT lot.account_id, lot.id AS lot, lot.purchased_at, lot.expires_at, place.zone
          FROM credits_lot AS lot
          JOIN credits_account AS account ON account.id = lot.account_id
          JOIN subscriptions_organization AS organization ON organization.id = account.organization_id
          JOIN LATERAL (
               SELECT coalesce((SELECT activity.facts ->> 'before' FROM subscriptions_activity AS activity
                                 WHERE activity.organization_id = organization.id AND activity.at > lot.purchased_at
                                   AND activity.action = 'organization.zone_changed'
                                 ORDER BY activity.at, activity.id LIMIT 1), organization.time_zone) AS zone) AS place
            ON true
          JOIN LATERAL (
               SELECT date_trunc('day', date_trunc('day', lot.purchased_at AT TIME ZONE place.zone)
                                        + interval '12 months') + interval '1 day' AS midnight) AS due ON true
         WHERE lot.kind = 'purchase' AND lot.expires_at <> due.midnight AT TIME ZONE place.zone
           AND lot.expires_at AT TIME ZONE place.zone <> due.midnight""",
    # What the account says is held is what its lots hold, what its live holds keep, and the sum of their parts.
    "H01": """
        SELECT account.id AS account_id, NULL::bigint AS lot, NULL::bigint AS hold, account.held, lots.held AS by_lots
          FROM credits_account AS account
          LEFT JOIN (SELECT account_id, sum(held) AS held FROM credits_lot GROUP BY account_id) AS lots
            ON lots.account_id = account.id
          LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM credits_hold
                      WHERE state = 'live' GROUP BY account_id) AS live ON live.account_id = account.id
         WHERE account.held <> coalesce(lots.held, 0) OR account.held <> coalesce(live.amount, 0)
        UNION ALL
        SELECT lot.account_id, lot.id, NULL, lot.held, parts.amount
          FROM credits_lot AS lot
          LEFT JOIN (SELECT lot_id, sum(amount) AS amount FROM credits_holdpart GROUP BY lot_id) AS parts
            ON parts.lot_id = lot.id
         WHERE lot.held <> coalesce(parts.amount, 0)
        UNION ALL
        SELECT hold.account_id, NULL, hold.id, hold.amount, parts.amount
          FROM credits_hold AS hold
          LEFT JOIN (SELECT hold_id, sum(amount) AS amount FROM credits_holdpart GROUP BY hold_id) AS parts
            ON parts.hold_id = hold.id
         WHERE coalesce(parts.amount, 0) <> CASE WHEN hold.state = 'live' THEN hold.amount ELSE 0 END""",
}
