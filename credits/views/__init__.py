"""The doors of this floor for browsers, and the one for the payment provider."""

from credits.views.funds import add_funds, payment, place_order, review_funds
from credits.views.methods import add_method, make_default, method_added, payment_methods, remove_method
from credits.views.overview import overview, subscriptions
from credits.views.recharge import auto_recharge, resume_recharge
from credits.views.webhook import webhook

__all__ = [
    "add_funds",
    "add_method",
    "auto_recharge",
    "make_default",
    "method_added",
    "overview",
    "payment",
    "payment_methods",
    "place_order",
    "remove_method",
    "resume_recharge",
    "review_funds",
    "subscriptions",
    "webhook",
]
