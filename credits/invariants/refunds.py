"""Refunds: what was given back left the books once, from its own purchase, and nothing else is kept for one."""

from typing import Final

QUERIES: Final[dict[str, str]] = {
    # What a payment says was refunded is what refunds took, at most its whole amount; each took it from the payment's
    # own lot, or what was not left there is owed.
    "P04": """
        SELECT payment.account_id, payment.id AS payment, payment.amount, payment.refunded, taken.amount AS taken
          FROM credits_payment AS payment
          LEFT JOIN (SELECT journal.payment_id, -sum(entry.amount) AS amount
                       FROM credits_journal AS journal
                       JOIN credits_entry AS entry ON entry.journal_id = journal.id
                      WHERE journal.kind = 'refund' GROUP BY journal.payment_id) AS taken
            ON taken.payment_id = payment.id
         WHERE payment.refunded NOT BETWEEN 0 AND payment.amount
            OR payment.refunded <> least(payment.amount, coalesce(taken.amount, 0))
        UNION ALL
        SELECT journal.account_id, journal.payment_id, journal.movement, NULL, entry.amount
          FROM credits_journal AS journal
          JOIN credits_entry AS entry ON entry.journal_id = journal.id
          JOIN credits_lot AS lot ON lot.id = entry.lot_id
         WHERE journal.kind = 'refund' AND lot.payment_id IS DISTINCT FROM journal.payment_id""",
    # A refund that succeeded is booked once, under its key, of its payment and at its amount; no other is.
    "G01": """
        SELECT coalesce(refund.account_id, journal.account_id) AS account_id, refund.id AS refund, refund.state,
               refund.amount, journal.id AS journal, journal.movement
          FROM credits_refund AS refund
          FULL JOIN (SELECT * FROM credits_journal WHERE kind = 'refund' AND key LIKE 'refund:%%') AS journal
            ON journal.key = 'refund:' || refund.key
         WHERE (refund.state IS NOT DISTINCT FROM 'succeeded') <> (journal.id IS NOT NULL)
            OR journal.movement <> -refund.amount OR journal.payment_id <> refund.payment_id""",
    # The tax that went back with the refunds of a payment is no more than was paid.
    "G02": """
        SELECT payment.account_id, payment.id AS payment, payment.tax, sum(refund.tax) AS given_back
          FROM credits_refund AS refund JOIN credits_payment AS payment ON payment.id = refund.payment_id
         WHERE refund.state = 'succeeded' GROUP BY payment.id HAVING sum(refund.tax) > payment.tax""",
    # A refund that staff asked for keeps its amount, of its payment's lot and no other, exactly as long as it is on its
    # way. What a lost dispute took of the lot it keeps no longer.
    "H03": """
        SELECT refund.account_id, refund.id AS refund, refund.state, refund.amount, hold.id AS hold, hold.state AS held
          FROM credits_refund AS refund
          LEFT JOIN credits_hold AS hold ON hold.id = refund.hold_id
          LEFT JOIN credits_lot AS lot ON lot.payment_id = refund.payment_id
         WHERE CASE WHEN refund.state IN ('pending', 'submitting', 'unknown')
                    THEN hold.state IS DISTINCT FROM 'live' OR hold.amount > refund.amount
                         OR (hold.amount < refund.amount AND lot.disputed_at IS NULL)
                    ELSE hold.state = 'live' END
            OR EXISTS (SELECT 1 FROM credits_holdpart AS part WHERE part.hold_id = hold.id AND part.lot_id <> lot.id)
            OR hold.account_id <> refund.account_id""",
}

HEALTH: Final[dict[str, str]] = {
    # No refund has been without an answer for more than half an hour.
    "G03": """
        SELECT account_id, id AS refund, state, coalesce(submitted_at, created_at) AS since
          FROM credits_refund
         WHERE state IN ('pending', 'submitting', 'unknown')
           AND coalesce(submitted_at, created_at) < %(now)s::timestamptz - interval '30 minutes'""",
}
