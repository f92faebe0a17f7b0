"""What must hold of accounts, lots, journals, holds and payments; each check answers the rows that break it.

The letters are those of the reliability catalogue, and H01 and X01 besides. No check reads the clock or changes
anything. What each says, and which corruption each finds, stands in docs/invariants.md.
"""

from typing import Final

from credits.invariants import ledger, lots, payments, provider, receipts, refunds, replay, sums
from notifications.invariants import Check, checks_of, rows_of

__all__ = ["CHECKS", "HEALTH", "PROVIDER", "Check", "checks_of", "rows_of"]

#: Integrity: a violation freezes the automatic charging of that account.
CHECKS: Final[dict[str, Check]] = {
    **checks_of(ledger.QUERIES, whose="account_id"),
    **checks_of(lots.QUERIES, whose="account_id"),
    **checks_of(payments.QUERIES, whose="account_id"),
    **checks_of(refunds.QUERIES, whose="account_id"),
    **checks_of(receipts.QUERIES, whose="account_id"),
    "U07": replay.out_of_order,
    "X01": replay.differences,
}
#: Integrity too, but it asks the provider: only where the caller wants that.
PROVIDER: Final[dict[str, Check]] = {"P06": provider.differences}
#: Health: a violation is a warning.
HEALTH: Final[dict[str, Check]] = checks_of({**payments.HEALTH, **refunds.HEALTH, **sums.HEALTH}, whose="account_id")
