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
    # The tax charged on top is its rate of the amount, to the smallest unit; none where the price has it.
    "P08": """
        SELECT account_id, id AS payment, amount, tax, tax_percent, tax_included
          FROM credits_payment
         WHERE CASE WHEN tax_included THEN tax <> 0
                    ELSE abs(tax - amount * tax_percent / 100) > 0.5 * CASE
                         WHEN currency IN ('JPY', 'KRW', 'CLP', 'VND') THEN 1
                         WHEN currency IN ('KWD', 'BHD', 'OMR', 'TND', 'JOD') THEN 0.001 ELSE 0.01 END END""",
    # A payment's timeline joins: each step begins where the one before it ended, the last ends where the payment is.
    "P09": """
        SELECT account_id, payment_id AS payment, was, before, state, now
          FROM (SELECT step.account_id, step.payment_id, step.was, step.state, payment.state AS now,
                       lag(step.state) OVER mine AS before, lead(step.id) OVER mine IS NULL AS is_last
                  FROM credits_paymentstep AS step JOIN credits_payment AS payment ON payment.id = step.payment_id
                WINDOW mine AS (PARTITION BY step.payment_id ORDER BY step.id)) AS line
         WHERE coalesce(before, '') <> was AND before IS NOT NULL OR is_last AND state <> now""",
    # One charge of an account is in flight at most, and one round is open at most.
    "R01": """
        SELECT account_id, 'in flight' AS what, count(*) AS times FROM credits_payment
         WHERE state IN ('pending', 'submitting', 'requires_action', 'unknown') GROUP BY account_id HAVING count(*) > 1
        UNION ALL
        SELECT account_id, 'open', count(*) FROM credits_recharge
         WHERE state = 'open' GROUP BY account_id HAVING count(*) > 1""",
    # A round charges each card once and is paid once, but for money that came for an attempt long given up; and none
    # begins while another goes on (clocks differ a little).
    "R02": """
        SELECT account_id, recharge_id AS recharge, method_id AS method, count(*) AS times
          FROM credits_payment WHERE recharge_id IS NOT NULL
         GROUP BY account_id, recharge_id, method_id HAVING count(*) > 1
        UNION ALL
        SELECT account_id, recharge_id, NULL, count(*)
          FROM credits_payment AS payment
         WHERE recharge_id IS NOT NULL AND state = 'succeeded'
           AND NOT EXISTS (SELECT 1 FROM credits_paymentstep AS step
                            WHERE step.payment_id = payment.id AND step.was IN ('failed', 'cancelled'))
         GROUP BY account_id, recharge_id HAVING count(*) > 1
        UNION ALL
        SELECT account_id, id, NULL, 1
          FROM (SELECT account_id, id, requested_at, lag(closed_at) OVER mine AS before_closed_at,
                       lag(id) OVER mine AS one
                  FROM credits_recharge WINDOW mine AS (PARTITION BY account_id ORDER BY id)) AS recharge
         WHERE one IS NOT NULL AND requested_at < before_closed_at - interval '1 minute'""",
    # When a round was sized, it and all purchases of that calendar day, week and month in the organization's zone,
    # by when they took money, those in flight and those by hand included, stayed within the caps. Rounds from before
    # the terms were last changed had other caps, and money that came for a payment long given up was no purchase then.
    "R03": """
        SELECT round.account_id, round.recharge_id AS recharge, round.amount, spent.amount AS spent_before,
               cap.period, cap.most
          FROM (SELECT account_id, recharge_id, min(id) AS first, min(created_at) AS begun_at, max(amount) AS amount
                  FROM credits_payment
                 WHERE kind = 'automatic' AND state NOT IN ('failed', 'cancelled')
                 GROUP BY account_id, recharge_id) AS round
          JOIN credits_autorecharge AS terms ON terms.account_id = round.account_id
          JOIN credits_account AS account ON account.id = round.account_id
          JOIN subscriptions_organization AS organization ON organization.id = account.organization_id
          JOIN LATERAL (VALUES ('day', terms.daily_cap), ('week', terms.weekly_cap), ('month', terms.monthly_cap))
            AS cap (period, most) ON cap.most IS NOT NULL
          JOIN LATERAL (
               SELECT coalesce(sum(payment.amount), 0) AS amount FROM credits_payment AS payment
                WHERE payment.account_id = round.account_id AND payment.id < round.first
                  AND payment.state NOT IN ('failed', 'cancelled')
                  AND NOT EXISTS (SELECT 1 FROM credits_paymentstep AS step
                                   WHERE step.payment_id = payment.id AND step.at >= round.begun_at
                                     AND step.was IN ('failed', 'cancelled'))
                  AND coalesce(payment.closed_at, round.begun_at)
                      >= date_trunc(cap.period, round.begun_at AT TIME ZONE organization.time_zone)
                         AT TIME ZONE organization.time_zone) AS spent ON true
         WHERE spent.amount + round.amount > cap.most
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
