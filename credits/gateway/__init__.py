"""The payment provider, behind one seam: Stripe through its own SDK, at the address the settings name.

Nothing here touches the database; nothing here may be called inside a transaction.
"""

from functools import cache

from django.conf import settings

from credits.gateway.client import StripeGateway
from credits.gateway.contract import (
    PAYMENT_KEY,
    REFUND_KEY,
    Answer,
    Busy,
    Card,
    Dispute,
    Gateway,
    Order,
    RefundAnswer,
    RefundOrder,
    Unanswered,
    Unreachable,
)
from credits.gateway.reading import answer_of, dispute_of, refund_of
from credits.gateway.webhooks import TOLERANCE, Event, Forged, read_event

__all__ = [
    "PAYMENT_KEY",
    "REFUND_KEY",
    "TOLERANCE",
    "Answer",
    "Busy",
    "Card",
    "Dispute",
    "Event",
    "Forged",
    "Gateway",
    "Order",
    "RefundAnswer",
    "RefundOrder",
    "StripeGateway",
    "Unanswered",
    "Unreachable",
    "answer_of",
    "connect",
    "dispute_of",
    "read_event",
    "refund_of",
]


@cache
def connect() -> Gateway:
    """The provider of this installation; one client for the life of the process."""
    return StripeGateway(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)
