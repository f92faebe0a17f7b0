"""Money given back: the unspent part of a purchase to the card it came from, asked for by staff, or found there.

    pending -> submitting -> succeeded | failed
                          -> unknown (no answer) -> looked up under its own key -> succeeded | failed

While the provider is asked, a hold keeps the amount of that very lot. The ledger books it when, and only when, the
provider says that it was done; what is no longer left of the lot by then is owed (decision: money, "refund").
"""

from credits.refunds.amounts import order_of, tax_on
from credits.refunds.asking import AnotherInFlight, NotOurs, TooMuch, ask, at_most
from credits.refunds.booking import DoesNotFit, apply, found_at_provider
from credits.refunds.requesting import AnsweredAlready, AskedAlready, decline, request
from credits.refunds.sending import refund_due

__all__ = [
    "AnotherInFlight",
    "AnsweredAlready",
    "AskedAlready",
    "DoesNotFit",
    "NotOurs",
    "TooMuch",
    "apply",
    "ask",
    "at_most",
    "decline",
    "found_at_provider",
    "order_of",
    "refund_due",
    "request",
    "tax_on",
]
