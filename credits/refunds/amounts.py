"""What goes back with a refund: the order as the provider gets it, and the part of the tax that belongs to it."""

from decimal import Decimal

from django.db.models import Sum

from credits import comparison
from credits.gateway import RefundOrder
from credits.models import Payment, Refund
from subscriptions import money


def order_of(refund: Refund) -> RefundOrder:
    """The refund as the provider gets it; the same for every repetition."""
    payment = refund.payment
    return RefundOrder(refund.key, payment.provider_ref or "", comparison.total_of(refund), payment.currency)


def tax_on(payment: Payment, amount: Decimal) -> Decimal:
    """The tax that goes back with so much of a payment: in proportion, half up, never more than was paid in all.

    Counted from the beginning, so that parts add up to the whole. Raises money.NotExact.
    """
    minor = money.to_minor(payment.refunded + amount, payment.currency)
    whole = money.to_minor(payment.amount, payment.currency)
    return money.from_minor(_tax_after(payment, min(minor, whole), whole), payment.currency)


def tax_within(payment: Payment, minor: int) -> int:
    """Of what was given back in one sum (smallest units), the part that is tax; at least one unit is credit."""
    total = money.to_minor(payment.total, payment.currency)
    done = money.to_minor(payment.refunded + _tax_refunded(payment), payment.currency)
    return min(_tax_after(payment, min(done + minor, total), total), minor - 1)


def _tax_after(payment: Payment, part: int, whole: int) -> int:
    """What of the tax goes back when `part` of `whole` has gone back in all: that much less what did go."""
    tax = money.to_minor(payment.tax, payment.currency)
    return max(0, (2 * tax * part + whole) // (2 * whole) - money.to_minor(_tax_refunded(payment), payment.currency))


def _tax_refunded(payment: Payment) -> Decimal:
    done = payment.refunds.filter(state=Refund.State.SUCCEEDED).aggregate(tax=Sum("tax"))["tax"]
    return done or Decimal(0)
