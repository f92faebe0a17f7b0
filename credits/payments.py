"""One charge: ordered, claimed, sent, and its answer applied, whoever brings it.

    pending -> submitting -> succeeded | failed
                          -> unknown (no answer) -> looked up -> succeeded | failed

The key is stored before the provider is asked. "Don't know" is looked up by that key, never charged under another.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from credits import accounts, gateway, limits, outcomes
from credits.models import Account, Payment, PaymentMethod
from subscriptions import activity
from subscriptions.models import User

logger = logging.getLogger(__name__)

#: How long one attempt at the provider may take before somebody else looks it up.
LEASE: Final = timedelta(minutes=2)
#: How long a provider keeps a key: within it the same request may be repeated under it.
KEY_LIFE: Final = timedelta(hours=23)
#: A busy or silent provider is asked again after this.
PATIENCE: Final = timedelta(minutes=1)


class AnotherInFlight(Exception):
    """A charge of this account is on its way; only one at a time may be."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(str(payment.key))
        self.payment = payment


class NotOurs(Exception):
    """The key or the card belongs to somebody else."""


def place_order(
    account: Account, *, amount: Decimal, key: UUID, method: PaymentMethod, actor: User, now: datetime
) -> Payment:
    """Order a charge by hand; the worker makes it. The same key again answers the same payment.

    Raises limits.OutsideLimits, AnotherInFlight, NotOurs.
    """
    with accounts.changing(account.pk, now=now) as locked:
        known = Payment.objects.filter(key=key).first()
        if known is not None:
            if known.account_id != locked.pk:
                raise NotOurs
            return known
        limits.check(amount, locked.currency)
        if not locked.payment_methods.active().filter(pk=method.pk).exists():
            raise NotOurs
        waiting = locked.payments.in_flight().first()
        if waiting is not None:
            raise AnotherInFlight(waiting)
        payment = Payment.objects.create(
            account=locked,
            kind=Payment.Kind.MANUAL,
            key=key,
            method=method,
            currency=locked.currency,
            amount=amount,
            created_at=now,
            due_at=now,
            ordered_by=actor,
        )
        activity.record(
            locked.organization, "funds.ordered", now=now, actor=actor, amount=str(amount), payment=str(key)
        )
        return payment


def charge(payment: Payment, *, now: datetime) -> None:
    """Send a pending payment to the provider and apply the answer. Whoever claims it first does it, once."""
    claimed = Payment.objects.filter(pk=payment.pk, state=Payment.State.PENDING).update(
        state=Payment.State.SUBMITTING, submitted_at=now, due_at=now + LEASE
    )
    if claimed:
        _submit(payment, now=now)


def _submit(payment: Payment, *, now: datetime) -> None:
    try:
        answer = gateway.connect().charge(order_of(payment))
    except gateway.Busy as error:
        logger.warning("payment %s: the provider is busy (%s)", payment.key, error)
        _return(payment, Payment.State.PENDING, now=now)
    except gateway.Unanswered as error:
        logger.warning("payment %s: no answer (%s)", payment.key, error)
        _return(payment, Payment.State.UNKNOWN, now=now)
    else:
        apply_result(payment, answer, now=now)


def _return(payment: Payment, state: Payment.State, *, now: datetime) -> None:
    """Leave it for a later round, unless a webhook has closed it meanwhile."""
    Payment.objects.filter(pk=payment.pk, state=Payment.State.SUBMITTING).update(state=state, due_at=now + PATIENCE)


def look_up(payment: Payment, *, now: datetime) -> None:
    """Ask what became of a payment whose answer never came; only when there is none, repeat it under its own key."""
    claimed = Payment.objects.filter(pk=payment.pk, state=payment.state, due_at=payment.due_at).update(
        due_at=now + LEASE
    )
    if not claimed:
        return
    since = payment.submitted_at or payment.created_at
    try:
        answer = gateway.connect().find(order_of(payment), since=since)
    except gateway.Unreachable as error:
        logger.warning("payment %s: cannot be looked up (%s)", payment.key, error)
        return
    if answer is not None:
        apply_result(payment, answer, now=now)
    elif now - since < KEY_LIFE:
        Payment.objects.filter(pk=payment.pk, state=Payment.State.UNKNOWN).update(state=Payment.State.SUBMITTING)
        _submit(payment, now=now)
    else:
        # The provider may have forgotten the key by now: a person decides (fault F30).
        logger.error("payment %s: unknown for a day; somebody must look", payment.key)


def apply_result(payment: Payment, answer: gateway.Answer, *, now: datetime) -> None:
    """Apply what the provider says, under the account's lock; the one way by which a payment ends."""
    with accounts.changing(payment.account_id, now=now) as account:
        outcomes.apply(account, payment, answer, now=now)


def order_of(payment: Payment) -> gateway.Order:
    """The charge as the provider gets it; the same for every repetition."""
    return gateway.Order(
        key=payment.key,
        customer=payment.account.customer_ref,
        method=payment.method.provider_ref,
        total=payment.total,
        currency=payment.currency,
        description="Communications Credits",
    )


def charge_due(*, now: datetime, limit: int = 50) -> int:
    """Send every pending payment that is due; answers how many."""
    due = list(Payment.objects.due(at=now).select_related("account", "method").order_by("due_at")[:limit])
    for payment in due:
        charge(payment, now=now)
    return len(due)


def look_up_due(*, now: datetime, limit: int = 50) -> int:
    """Look up every payment whose answer is overdue; answers how many."""
    due = list(Payment.objects.to_look_up(at=now).select_related("account", "method").order_by("due_at")[:limit])
    for payment in due:
        look_up(payment, now=now)
    return len(due)
