"""Book what happens to an account: grants, debits, corrections, expiries, refunds, disputes.

Every function here is called inside `accounts.changing`, which holds the lock on the account row. The account object is
changed in memory; `changing` stores it on leaving. Journals and entries are only ever added.
"""

from credits.ledger.book import AlreadyBooked
from credits.ledger.bulk import debit_many
from credits.ledger.correcting import Correction, NothingToCorrect, correct, correct_many
from credits.ledger.debits import Charge, debit, settle_overdraft
from credits.ledger.money_in import adjust, grant
from credits.ledger.posting import NotBookable
from credits.ledger.taking_back import (
    NotRefundable,
    expire,
    expire_all,
    freeze,
    lose,
    refund,
    refundable,
    thaw,
    void,
)

__all__ = [
    "AlreadyBooked",
    "Charge",
    "Correction",
    "NotBookable",
    "NotRefundable",
    "NothingToCorrect",
    "adjust",
    "correct",
    "correct_many",
    "debit",
    "debit_many",
    "expire",
    "expire_all",
    "freeze",
    "grant",
    "lose",
    "refund",
    "refundable",
    "settle_overdraft",
    "thaw",
    "void",
]
