"""Charges: ordered and sent (`charging`), confirmed with the bank or given up (`confirming`), ended by a person
(`deciding`)."""

from credits.payments.charging import (
    KEY_LIFE,
    LEASE,
    AnotherInFlight,
    NotOurs,
    apply_result,
    begin,
    charge,
    charge_due,
    claim,
    is_stopped,
    look_up,
    look_up_due,
    order_of,
    place_order,
    send,
)
from credits.payments.confirming import NothingToConfirm, TooLate, bank_page, cancel, give_up_due, returned
from credits.payments.deciding import DoesNotFit, NotForAPerson, close_despite, close_unanswered

__all__ = [
    "KEY_LIFE",
    "LEASE",
    "AnotherInFlight",
    "DoesNotFit",
    "NotForAPerson",
    "NotOurs",
    "NothingToConfirm",
    "TooLate",
    "apply_result",
    "bank_page",
    "begin",
    "cancel",
    "charge",
    "charge_due",
    "claim",
    "close_despite",
    "close_unanswered",
    "give_up_due",
    "is_stopped",
    "look_up",
    "look_up_due",
    "order_of",
    "place_order",
    "returned",
    "send",
]
