"""Journals, entries and debts: what each journal did is what the account, its lots and its debts now show."""

from typing import Final

QUERIES: Final[dict[str, str]] = {
    # A journal's entries sum to its movement of the balance.
    "L01": """
        SELECT journal.account_id, journal.id AS journal, journal.movement, coalesce(sum(entry.amount), 0) AS total
          FROM credits_journal AS journal LEFT JOIN credits_entry AS entry ON entry.journal_id = journal.id
         GROUP BY journal.id HAVING journal.movement <> coalesce(sum(entry.amount), 0)""",
    # A journal has entries, none of them zero, each lot once, and all in the direction of its kind.
    "L02": """
        SELECT journal.account_id, journal.id AS journal, journal.kind, count(entry.id) AS entries
          FROM credits_journal AS journal LEFT JOIN credits_entry AS entry ON entry.journal_id = journal.id
         GROUP BY journal.id
        HAVING count(entry.id) = 0 OR bool_or(entry.amount = 0)
            OR count(*) > count(DISTINCT coalesce(entry.lot_id, 0))
            OR CASE WHEN journal.kind = 'settlement' THEN bool_or((entry.lot_id IS NULL) <> (entry.amount > 0))
                    WHEN journal.kind = 'adjustment' THEN min(sign(entry.amount)) <> max(sign(entry.amount))
                    WHEN journal.kind IN ('purchase', 'grant', 'correction') THEN bool_or(entry.amount < 0)
                    ELSE bool_or(entry.amount > 0) END""",
    # An entry has its journal, and is of the account of its journal and of its lot.
    "L03": """
        SELECT entry.account_id, entry.id AS entry, entry.journal_id AS journal, entry.lot_id AS lot
          FROM credits_entry AS entry
          LEFT JOIN credits_journal AS journal ON journal.id = entry.journal_id
          LEFT JOIN credits_lot AS lot ON lot.id = entry.lot_id
         WHERE journal.account_id IS DISTINCT FROM entry.account_id
            OR (entry.lot_id IS NOT NULL AND lot.account_id IS DISTINCT FROM entry.account_id)""",
    # The balance kept with the account is the sum of its entries.
    "L04": """
        SELECT account.id AS account_id, account.balance, coalesce(sums.total, 0) AS total
          FROM credits_account AS account
          LEFT JOIN (SELECT account_id, sum(amount) AS total FROM credits_entry GROUP BY account_id) AS sums
            ON sums.account_id = account.id
         WHERE account.balance <> coalesce(sums.total, 0)""",
    # The balance is what the lots have left less the overdraft, and the overdraft is what the debts still owe.
    "L05": """
        SELECT account.id AS account_id, account.balance, lots.remaining, account.overdraft, debts.remaining AS owed
          FROM credits_account AS account
          LEFT JOIN (SELECT account_id, sum(remaining) AS remaining FROM credits_lot GROUP BY account_id) AS lots
            ON lots.account_id = account.id
          LEFT JOIN (SELECT account_id, sum(remaining) AS remaining FROM credits_debt GROUP BY account_id) AS debts
            ON debts.account_id = account.id
         WHERE account.balance <> coalesce(lots.remaining, 0) - account.overdraft
            OR account.overdraft <> coalesce(debts.remaining, 0)""",
    # Lot, journal, debt, hold, payment, round and card that name each other are of one account and one currency.
    "L09": """
        SELECT lot.account_id, 'lot and payment' AS what, lot.id, payment.id AS other
          FROM credits_lot AS lot JOIN credits_payment AS payment ON payment.id = lot.payment_id
         WHERE payment.account_id <> lot.account_id
        UNION ALL
        SELECT journal.account_id, 'journal and payment', journal.id, payment.id
          FROM credits_journal AS journal JOIN credits_payment AS payment ON payment.id = journal.payment_id
         WHERE payment.account_id <> journal.account_id
        UNION ALL
        SELECT journal.account_id, 'journal and charge', journal.id, charge.id
          FROM credits_journal AS journal JOIN credits_journal AS charge ON charge.id = journal.origin_id
         WHERE charge.account_id <> journal.account_id
        UNION ALL
        SELECT debt.account_id, 'debt and charge', debt.journal_id, journal.id
          FROM credits_debt AS debt JOIN credits_journal AS journal ON journal.id = debt.journal_id
         WHERE journal.account_id <> debt.account_id
        UNION ALL
        SELECT hold.account_id, 'hold and journal', hold.id, journal.id
          FROM credits_hold AS hold JOIN credits_journal AS journal ON journal.id = hold.journal_id
         WHERE journal.account_id <> hold.account_id
        UNION ALL
        SELECT hold.account_id, 'hold and lot', hold.id, lot.id
          FROM credits_holdpart AS part
          JOIN credits_hold AS hold ON hold.id = part.hold_id JOIN credits_lot AS lot ON lot.id = part.lot_id
         WHERE lot.account_id <> hold.account_id
        UNION ALL
        SELECT payment.account_id, 'payment and card or round', payment.id, coalesce(recharge.id, method.id)
          FROM credits_payment AS payment
          JOIN credits_paymentmethod AS method ON method.id = payment.method_id
          LEFT JOIN credits_recharge AS recharge ON recharge.id = payment.recharge_id
         WHERE method.account_id <> payment.account_id OR recharge.account_id <> payment.account_id
        UNION ALL
        SELECT account.id, 'currency of a payment', payment.id, account.id
          FROM credits_payment AS payment JOIN credits_account AS account ON account.id = payment.account_id
         WHERE payment.currency <> account.currency
        UNION ALL
        SELECT account.id, 'currency of the organization', account.id, organization.id
          FROM credits_account AS account
          JOIN subscriptions_organization AS organization ON organization.id = account.organization_id
         WHERE organization.currency <> account.currency
           AND EXISTS (SELECT 1 FROM credits_journal AS journal WHERE journal.account_id = account.id)""",
    # A key is booked once, and is one payment.
    "L10": """
        SELECT account_id, key, count(*) AS times FROM credits_journal GROUP BY account_id, key HAVING count(*) > 1
        UNION ALL
        SELECT account_id, key::text, times
          FROM (SELECT account_id, key, count(*) OVER (PARTITION BY key) AS times FROM credits_payment) AS payment
         WHERE times > 1""",
    # What settles or corrects a charge comes after it, and gives back no more than it took, in all and to no lot.
    "L11": """
        SELECT follower.account_id, charge.id AS journal, follower.id AS follower, NULL::bigint AS lot
          FROM credits_journal AS follower JOIN credits_journal AS charge ON charge.id = follower.origin_id
         WHERE charge.id >= follower.id OR charge.kind NOT IN ('usage', 'adjustment', 'dispute', 'refund')
        UNION ALL
        SELECT charge.account_id, charge.id, NULL, NULL
          FROM credits_journal AS charge JOIN credits_journal AS follower ON follower.origin_id = charge.id
         GROUP BY charge.id HAVING charge.movement + sum(follower.movement) > 0
        UNION ALL
        SELECT lot.account_id, share.charge, NULL, lot.id
          FROM (SELECT coalesce(journal.origin_id, journal.id) AS charge, entry.lot_id
                  FROM credits_entry AS entry JOIN credits_journal AS journal ON journal.id = entry.journal_id
                 WHERE entry.lot_id IS NOT NULL GROUP BY 1, 2
                HAVING sum(entry.amount) > 0 AND count(journal.origin_id) > 0) AS share
          JOIN credits_lot AS lot ON lot.id = share.lot_id
         WHERE lot.kind <> 'correction'""",
    # What a charge took below zero is its debt, and what its settlements and corrections have not paid is still owed.
    "U04": """
        SELECT coalesce(debt.account_id, owed.account_id) AS account_id,
               coalesce(debt.journal_id, owed.charge) AS charge, debt.amount, owed.taken,
               debt.remaining, owed.taken - owed.paid AS owed
          FROM credits_debt AS debt
          FULL JOIN (SELECT min(entry.account_id) AS account_id, coalesce(journal.origin_id, journal.id) AS charge,
                            -coalesce(sum(entry.amount) FILTER (WHERE journal.origin_id IS NULL), 0) AS taken,
                            coalesce(sum(entry.amount) FILTER (WHERE journal.origin_id IS NOT NULL), 0) AS paid
                       FROM credits_entry AS entry JOIN credits_journal AS journal ON journal.id = entry.journal_id
                      WHERE entry.lot_id IS NULL GROUP BY 2) AS owed ON owed.charge = debt.journal_id
         WHERE debt.amount IS DISTINCT FROM owed.taken OR debt.remaining IS DISTINCT FROM owed.taken - owed.paid
            OR debt.open <> (debt.remaining > 0)""",
    # Every adjustment names who made it and why.
    "A01": """
        SELECT account_id, id AS journal, actor_id, why
          FROM credits_journal WHERE kind = 'adjustment' AND (actor_id IS NULL OR why = '')""",
    # Credit bought and given is credit left, used, expired, taken back and adjusted away, to the last decimal.
    "S01": """
        SELECT account.id AS account_id, lots.given, account.balance, moved.used, lots.expired, moved.taken_back
          FROM credits_account AS account
          LEFT JOIN (SELECT account_id, sum(amount) FILTER (WHERE kind <> 'correction') AS given,
                            sum(expired) AS expired
                       FROM credits_lot GROUP BY account_id) AS lots ON lots.account_id = account.id
          LEFT JOIN (SELECT account_id, -sum(movement) FILTER (WHERE kind IN ('usage', 'correction')) AS used,
                            -sum(movement) FILTER (WHERE kind IN ('refund', 'void', 'dispute')
                                                      OR (kind = 'adjustment' AND movement < 0)) AS taken_back
                       FROM credits_journal GROUP BY account_id) AS moved ON moved.account_id = account.id
         WHERE coalesce(lots.given, 0) <> account.balance + coalesce(moved.used, 0) + coalesce(lots.expired, 0)
                                          + coalesce(moved.taken_back, 0)""",
}
