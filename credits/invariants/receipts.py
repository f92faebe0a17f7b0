"""Receipts: one number after the other, and each of the money that it speaks of."""

from typing import Final

QUERIES: Final[dict[str, str]] = {
    # The receipts of an account are numbered from one without a gap, and each says what was paid or given back.
    "G04": """
        SELECT account.id AS account_id, account.receipts, count(receipt.id) AS issued, max(receipt.number) AS last
          FROM credits_account AS account LEFT JOIN credits_receipt AS receipt ON receipt.account_id = account.id
         GROUP BY account.id
        HAVING count(receipt.id) <> account.receipts OR coalesce(max(receipt.number), 0) <> account.receipts
        UNION ALL
        SELECT receipt.account_id, receipt.number, receipt.payment_id, receipt.refund_id
          FROM credits_receipt AS receipt
          JOIN credits_payment AS payment ON payment.id = receipt.payment_id
          LEFT JOIN credits_refund AS refund ON refund.id = receipt.refund_id
         WHERE receipt.currency <> payment.currency
            OR receipt.amount <> CASE WHEN refund.id IS NULL THEN payment.amount ELSE refund.amount END
            OR receipt.tax <> CASE WHEN refund.id IS NULL THEN payment.tax ELSE refund.tax END
            OR CASE WHEN refund.id IS NULL THEN payment.state <> 'succeeded' ELSE refund.state <> 'succeeded' END""",
}
