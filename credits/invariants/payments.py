"""Payments and rounds: money that came in is a lot, once; no charge without its cause, no round beyond its terms."""

from typing import Final

QUERIES: Final[dict[str, str]] = {
    # Every succeeded payment has one lot, of its amount without tax; no other payment has one.
    "P01": """
        SELECT payment.account_id, payment.id AS payment, payment.state, payment.amount, count(lot.id) AS lots,
               max(lot.amount) AS lot
          FROM credits_payment AS payment LEFT JOIN credits_lot AS lot ON lot.payment_id = payment.id
         GROUP BY payment.id
        HAVING CASE WHEN payment.state = 'succeeded'
                    THEN count(lot.id) <> 1 OR max(lot.amount) <> payment.amount ELSE count(lot.id) > 0 END""",
    # What an account's succeeded payments paid, without tax, is what its purchased lots held.
    "P02": """
        SELECT coalesce(paid.account_id, bought.account_id) AS account_id, paid.amount AS paid, bought.amount AS bought
          FROM (SELECT account_id, sum(amount) AS amount FROM credits_payment
                 WHERE state = 'succeeded' GROUP BY account_id) AS paid
          FULL JOIN (SELECT account_id, sum(amount) AS amount FROM credits_lot
                      WHERE kind = 'purchase' GROUP BY account_id) AS bought ON bought.account_id = paid.account_id
         WHERE paid.amount IS DISTINCT FROM bought.amount""",
    # A reference of the provider is one payment.
    "P03": """
        SELECT account_id, id AS payment, provider_ref
          FROM (SELECT account_id, id, provider_ref, count(*) OVER (PARTITION BY provider_ref) AS times
                  FROM credits_payment WHERE provider_ref IS NOT NULL) AS payment
         WHERE times > 1""",
    # What a payment says was refunded is what refunds took, from its own lot, and no more than was paid.
    "P04": """
        SELECT payment.account_id, payment.id AS payment, payment.amount, payment.refunded, taken.amount AS taken
          FROM credits_payment AS payment
          LEFT JOIN (SELECT journal.payment_id, -sum(entry.amount) AS amount
                       FROM credits_journal AS journal
                       JOIN credits_entry AS entry ON entry.journal_id = journal.id
                       JOIN credits_lot AS lot ON lot.id = entry.lot_id AND lot.payment_id = journal.payment_id
                      WHERE journal.kind = 'refund' GROUP BY journal.payment_id) AS taken
            ON taken.payment_id = payment.id
         WHERE payment.refunded NOT BETWEEN 0 AND payment.amount OR payment.refunded <> coalesce(taken.amount, 0)
        UNION ALL
        SELECT journal.account_id, journal.payment_id, journal.movement, NULL, entry.amount
          FROM credits_journal AS journal
          JOIN credits_entry AS entry ON entry.journal_id = journal.id
          LEFT JOIN credits_lot AS lot ON lot.id = entry.lot_id
         WHERE journal.kind = 'refund' AND lot.payment_id IS DISTINCT FROM journal.payment_id""",
    # A payment succeeds by the provider's own word: an answer to what was sent, or an event that was applied.
    "P07": """
        SELECT payment.account_id, payment.id AS payment, payment.provider_ref, payment.submitted_at, payment.closed_at
          FROM credits_payment AS payment
         WHERE payment.state = 'succeeded'
           AND (payment.provider_ref IS NULL OR payment.closed_at IS NULL
                OR (payment.submitted_at IS NULL
                    AND NOT EXISTS (SELECT 1 FROM credits_providerevent AS event
                                     WHERE event.outcome = 'applied'
                                       AND event.payload #>> '{data,object,metadata,payment}' = payment.key::text)))""",
    # One charge of an account is in flight at most, and one round is open at most.
    "R01": """
        SELECT account_id, 'in flight' AS what, count(*) AS times FROM credits_payment
         WHERE state IN ('pending', 'submitting', 'requires_action', 'unknown') GROUP BY account_id HAVING count(*) > 1
        UNION ALL
        SELECT account_id, 'open', count(*) FROM credits_recharge
         WHERE state = 'open' GROUP BY account_id HAVING count(*) > 1""",
    # A round charges each card once and is paid once, and none begins while another goes on (clocks differ a little).
    "R02": """
        SELECT account_id, recharge_id AS recharge, method_id AS method, count(*) AS times
          FROM credits_payment WHERE recharge_id IS NOT NULL
         GROUP BY account_id, recharge_id, method_id HAVING count(*) > 1
        UNION ALL
        SELECT account_id, recharge_id, NULL, count(*)
          FROM credits_payment WHERE recharge_id IS NOT NULL AND state = 'succeeded'
         GROUP BY account_id, recharge_id HAVING count(*) > 1
        UNION ALL
        SELECT account_id, id, NULL, 1
          FROM (SELECT account_id, id, requested_at, lag(closed_at) OVER mine AS before_closed_at,
                       lag(id) OVER mine AS one
                  FROM credits_recharge WINDOW mine AS (PARTITION BY account_id ORDER BY id)) AS recharge
         WHERE one IS NOT NULL AND requested_at < before_closed_at - interval '1 minute'""",
    # When a round was sized, it and all purchases of that calendar month in the organization's zone, those in flight
    # and those by hand included, stayed within the cap. Rounds from before the terms were last changed had other caps.
    "R03": """
        SELECT round.account_id, round.recharge_id AS recharge, round.amount, spent.amount AS spent_before,
               terms.monthly_cap
          FROM (SELECT account_id, recharge_id, min(id) AS first, min(created_at) AS begun_at, max(amount) AS amount
                  FROM credits_payment
                 WHERE kind = 'automatic' AND state NOT IN ('failed', 'cancelled')
                 GROUP BY account_id, recharge_id) AS round
          JOIN credits_autorecharge AS terms ON terms.account_id = round.account_id
          JOIN credits_account AS account ON account.id = round.account_id
          JOIN subscriptions_organization AS organization ON organization.id = account.organization_id
          JOIN LATERAL (
               SELECT coalesce(sum(payment.amount), 0) AS amount FROM credits_payment AS payment
                WHERE payment.account_id = round.account_id AND payment.id < round.first
                  AND payment.state NOT IN ('failed', 'cancelled')
                  AND payment.created_at >= date_trunc('month', round.begun_at AT TIME ZONE organization.time_zone)
                                            AT TIME ZONE organization.time_zone) AS spent ON true
         WHERE spent.amount + round.amount > terms.monthly_cap
           AND NOT EXISTS (SELECT 1 FROM subscriptions_activity AS activity
                            WHERE activity.organization_id = organization.id AND activity.at >= round.begun_at
                              AND activity.action = 'auto_recharge.changed')""",
    # An automatic payment is of a round, and of its size; a round has succeeded if, and only if, its payment has.
    "R04": """
        SELECT payment.account_id, payment.recharge_id AS recharge, payment.id AS payment, payment.state
          FROM credits_payment AS payment LEFT JOIN credits_recharge AS recharge ON recharge.id = payment.recharge_id
         WHERE (payment.kind = 'automatic') <> (recharge.id IS NOT NULL) OR payment.amount <> recharge.amount
        UNION ALL
        SELECT recharge.account_id, recharge.id, max(payment.id), recharge.state
          FROM credits_recharge AS recharge
          LEFT JOIN credits_payment AS payment ON payment.recharge_id = recharge.id AND payment.state = 'succeeded'
         GROUP BY recharge.id HAVING (recharge.state = 'succeeded') <> (count(payment.id) > 0)""",
}

HEALTH: Final[dict[str, str]] = {
    # No payment has been without an answer for more than half an hour.
    "P05": """
        SELECT account_id, id AS payment, state, coalesce(submitted_at, created_at) AS since
          FROM credits_payment
         WHERE state IN ('pending', 'submitting', 'unknown')
           AND coalesce(submitted_at, created_at) < %(now)s::timestamptz - interval '30 minutes'""",
    # An event of the provider is stored once, and none has waited for more than ten minutes.
    "W01": """
        SELECT NULL::bigint AS account_id, event_ref, count(*) AS times, min(received_at) AS received_at
          FROM credits_providerevent GROUP BY event_ref
        HAVING count(*) > 1
            OR bool_or(handled_at IS NULL AND received_at < %(now)s::timestamptz - interval '10 minutes')""",
}
