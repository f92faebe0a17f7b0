"""Small words about cards, lots and payments: `{{ payment.state|payment_tone }}`."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django import template

from credits.models import Payment, PaymentMethod
from notifications import causes
from subscriptions import money, periods

register = template.Library()

_TONES: Final = {
    Payment.State.SUCCEEDED: "success",
    Payment.State.FAILED: "danger",
    Payment.State.UNKNOWN: "warning",
    Payment.State.CANCELLED: "neutral",
}


@register.filter
def payment_tone(state: str) -> str:
    """The tone of a payment's chip; what is still on its way is information."""
    return _TONES.get(Payment.State(state), "info")


@register.filter
def card_expiry(method: PaymentMethod) -> str:
    """`08/2029`, as it stands on the card."""
    return f"{method.exp_month:02d}/{method.exp_year}"


@register.filter
def last_day(expires_at: datetime, zone: ZoneInfo) -> date:
    """The last day on which something that expires at that instant is still good."""
    return periods.last_day(expires_at, zone)


@register.filter
def micros(millionths: int) -> Decimal:
    """Whole millionths as an amount."""
    return money.from_micros(millionths)


@register.filter
def cause(code: str) -> str:
    """Why a charge was refused, in words."""
    return str(causes.words(code))
