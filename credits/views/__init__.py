"""The doors of this floor for browsers, and the one for the payment provider."""

from credits.views.balance import balance, balance_csv, balance_news
from credits.views.bills import payments, payments_csv, receipt
from credits.views.evaluations import evaluations
from credits.views.funds import add_funds, place_order, review_funds
from credits.views.levels import add_level, levels, remove_level
from credits.views.lots import lots, lots_csv
from credits.views.methods import (
    add_method,
    make_default,
    method_added,
    payment_methods,
    remove_method,
    replace_method,
)
from credits.views.overview import overview, subscriptions
from credits.views.payment import cancel_payment, confirm_payment, payment
from credits.views.recharge import auto_recharge, resume_recharge, retry_recharge
from credits.views.refund import ask_refund
from credits.views.rehearsal import rehearsal
from credits.views.turning_off import turn_off_recharge
from credits.views.webhook import webhook

__all__ = [
    "add_funds",
    "add_level",
    "add_method",
    "ask_refund",
    "auto_recharge",
    "balance",
    "balance_csv",
    "balance_news",
    "cancel_payment",
    "confirm_payment",
    "evaluations",
    "levels",
    "lots",
    "lots_csv",
    "make_default",
    "method_added",
    "overview",
    "payment",
    "payment_methods",
    "payments",
    "payments_csv",
    "place_order",
    "receipt",
    "rehearsal",
    "remove_level",
    "remove_method",
    "replace_method",
    "resume_recharge",
    "retry_recharge",
    "review_funds",
    "subscriptions",
    "turn_off_recharge",
    "webhook",
]
