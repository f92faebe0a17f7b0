"""Staff ask for a refund: what is left of the purchase is kept for it, and the worker does the rest."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from credits import accounts, holds, ledger
from credits.models import Account, Payment, Refund, RefundRequest
from credits.refunds import amounts, booking
from subscriptions import money
from subscriptions.models import User

#: What a hold's end is set to. It ends with its refund, not by time (holds.lapse_due).
_LONG: Final = timedelta(days=90)


class AnotherInFlight(Exception):
    """A refund of this payment is on its way; only one at a time may be."""

    def __init__(self, refund: Refund) -> None:
        super().__init__(str(refund.key))
        self.refund = refund


class TooMuch(Exception):
    """More than is left of the payment's lot that no call holds; `most` is what is."""

    def __init__(self, most: Decimal) -> None:
        super().__init__(f"{most:f}")
        self.most = most


class NotOurs(Exception):
    """The key is another payment's."""


def at_most(payment: Payment, *, now: datetime) -> Decimal:
    """What of a payment could be refunded now, without tax, down to the smallest unit. Raises ledger.NotRefundable."""
    lot = ledger.refundable(payment.account, payment, now=now)
    return money.shown(lot.remaining - lot.held, payment.currency)


def ask(payment: Payment, *, amount: Decimal, why: str, actor: User, key: UUID, now: datetime) -> Refund:
    """Keep the amount (without tax) of the payment's lot, and have the worker give it back; the same key is one refund.

    Raises ledger.NotRefundable, TooMuch, AnotherInFlight, NotOurs, money.NotExact.
    """
    with accounts.changing(payment.account_id, now=now) as account:
        payment = account.payments.get(pk=payment.pk)
        known = Refund.objects.filter(key=key).first()
        if known is not None:
            if known.payment_id != payment.pk:
                raise NotOurs
            return known
        waiting = payment.refunds.in_flight().first()
        if waiting is not None:
            raise AnotherInFlight(waiting)
        tax = amounts.tax_on(payment, amount)
        refund = Refund.objects.create(
            account=account,
            payment=payment,
            hold_id=_keep(account, payment, amount, key, now=now),
            origin=Refund.Origin.STAFF,
            key=key,
            amount=amount,
            tax=tax,
            why=why,
            asked_by=actor,
            created_at=now,
            due_at=now,
        )
        # What the organization had asked for has its answer with this.
        RefundRequest.objects.filter(payment=payment, answered_at=None).update(
            answer=RefundRequest.Answer.GIVEN, answered_at=now, answered_by=actor
        )
        booking.record(account, refund, "refund.asked", now=now)
        return refund


def _keep(account: Account, payment: Payment, amount: Decimal, key: UUID, *, now: datetime) -> int:
    lot = ledger.refundable(account, payment, now=now)
    if not 0 < amount <= lot.remaining - lot.held:
        raise TooMuch(money.shown(lot.remaining - lot.held, account.currency))
    return holds.keep_of(account, lot, f"refund:{key}", money.to_micros(amount), until=now + _LONG, now=now)
