"""Small words about cards, lots and payments: `{{ payment|payment_tone }}`."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import gettext, ngettext

from credits import bills
from credits.models import Payment, PaymentMethod, RefundRequest
from notifications import causes
from subscriptions import money, periods

register = template.Library()


class Line(Protocol):
    """What a table of rehearsed terms shows of one of them."""

    def limits(self, currency: str) -> list[str]:
        """In a few words each."""
        ...


_TONES: Final = {
    Payment.State.SUCCEEDED: "success",
    Payment.State.FAILED: "danger",
    Payment.State.UNKNOWN: "warning",
    Payment.State.CANCELLED: "neutral",
}


@register.filter
def payment_tone(payment: Payment) -> str:
    """The tone of a payment's chip; what is still on its way is information."""
    return "neutral" if payment.refunded else _TONES.get(Payment.State(payment.state), "info")


@register.filter
def payment_word(payment: Payment) -> str:
    """What the payment came to, as its chip says it."""
    return bills.outcome(payment)


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
def limits_in(line: Line, currency: str) -> list[str]:
    """The limits of rehearsed terms, in words."""
    return line.limits(currency)


@register.filter
def about_days(days: int) -> str:
    """`about 6 days`, as long as credit lasts."""
    if not days:
        return gettext("less than a day")
    return ngettext("about %(count)d day", "about %(count)d days", days) % {"count": days}


@register.filter
def last_days(days: int) -> str:
    """`the last 30 days`, over which a rate was counted."""
    return ngettext("the last day", "the last %(count)d days", days) % {"count": days}


@register.filter
def cause(code: str) -> str:
    """Why a charge was refused, in words."""
    return str(causes.words(code))


@register.simple_tag
def refund_requests_waiting() -> int:
    """How many requests for a refund nobody has answered."""
    return RefundRequest.objects.filter(answered_at=None).count()
