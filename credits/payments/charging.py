"""One charge: ordered, claimed, sent, and its answer applied, whoever brings it (docs/recharge-states.md).

The key is stored before the provider is asked. "Don't know" is looked up by that key, never charged under another.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from credits import accounts, brakes, gateway, limits, moves, outcomes, rounds, sweeps, tax
from credits.models import Account, AutoRecharge, Brake, Evaluation, Payment, PaymentMethod
from credits.moves import Source, State
from notifications import links
from subscriptions import activity
from subscriptions.models import User

logger = logging.getLogger(__name__)

#: How long one attempt at the provider may take before somebody else looks it up.
LEASE: Final = timedelta(minutes=2)
#: How long a provider keeps a key: within it the same request may be repeated under it.
KEY_LIFE: Final = timedelta(hours=23)
#: A busy or silent provider is asked again after this.
PATIENCE: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(minutes=15)
#: What a day has not answered is looked up so often: only a person can end it.
_SELDOM: Final = timedelta(hours=1)


class AnotherInFlight(Exception):
    """A charge of this account is on its way; only one at a time may be."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(str(payment.key))
        self.payment = payment


class NotOurs(Exception):
    """The key or the card belongs to somebody else."""


def place_order(
    account: Account,
    *,
    amount: Decimal,
    key: UUID,
    method: PaymentMethod,
    actor: User,
    now: datetime,
    purchase_order: str = "",
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
        if waiting is not None and not _makes_way(locked, waiting, now=now):
            raise AnotherInFlight(waiting)
        order = Payment(
            kind=Payment.Kind.MANUAL, key=key, method=method, amount=amount, ordered_by=actor,
            purchase_order=purchase_order.strip(),
        )  # fmt: skip
        payment = begin(locked, order, source=Source.ORDER, now=now)
        activity.record(
            locked.organization, "funds.ordered", now=now, actor=actor, amount=str(amount), payment=str(key)
        )
        return payment


def _makes_way(account: Account, waiting: Payment, *, now: datetime) -> bool:
    """An automatic charge that the brake holds is given up for a purchase by hand, unless it was ever sent."""
    if not is_stopped(waiting) or waiting.steps.filter(state=State.UNKNOWN).exists():
        return False
    return rounds.withdraw(account, waiting, Evaluation.Outcome.BRAKE, source=Source.ORDER, now=now)


def begin(account: Account, payment: Payment, *, source: Source, now: datetime) -> Payment:
    """Store a payment that is to be sent, with its tax of today. Called inside `accounts.changing`."""
    levied = tax.of(account.organization, payment.amount, now=now)
    payment.account, payment.currency = account, account.currency
    payment.tax, payment.tax_percent, payment.tax_included = levied.added, levied.percent, levied.included
    payment.created_at = payment.due_at = now
    payment.save(force_insert=True)
    moves.begin(payment, source=source, now=now)
    return payment


def charge(payment: Payment, *, now: datetime) -> None:
    """Send a pending payment to the provider and apply the answer. Whoever claims it first does it, once.

    An automatic one that is no longer wanted, or not allowed any more, is given up instead.
    """
    if not Payment.objects.due(at=now).filter(pk=payment.pk).exists():
        return  # another worker was first: no need to wait for the account
    if claim(payment, now=now) if payment.kind == Payment.Kind.MANUAL else _claim_wanted(payment, now=now):
        send(payment, now=now)


def send(payment: Payment, *, now: datetime) -> None:
    """Send what this worker has claimed, and apply the answer."""
    _submit(payment, now=now)


def claim(payment: Payment, *, now: datetime) -> bool:
    """Take a pending payment for the length of a lease; whoever does sends it. False: somebody else was first."""
    lease: dict[str, Any] = {"submitted_at": now, "due_at": now + LEASE}
    return moves.move(payment, State.SUBMITTING, only_from=State.PENDING, source=Source.WORKER, now=now, **lease)


def _claim_wanted(payment: Payment, *, now: datetime) -> bool:
    """The terms are read under the lock under which they change: after this charge was ordered it may have waited."""
    with accounts.changing(payment.account_id, now=now) as account:
        obstacle = _obstacle(account, now=now)
        if obstacle is None:
            return claim(payment, now=now)
        rounds.withdraw(account, payment, obstacle, source=Source.WORKER, now=now)
    return False


def _obstacle(account: Account, *, now: datetime) -> Evaluation.Outcome | None:
    terms = AutoRecharge.objects.get(account=account)
    available = rounds.looked_at(account, days_ahead=terms.before_expiry_days, now=now)
    return rounds.obstacle(account, terms, available=available, now=now)


def _submit(payment: Payment, *, now: datetime) -> None:
    try:
        answer = _ask(payment, now=now)
    except (gateway.Busy, gateway.Unreachable) as error:
        logger.warning("payment %s: the provider is busy (%s)", payment.key, error)
        _return(payment, State.PENDING, now=now)
    except gateway.Unanswered as error:
        logger.warning("payment %s: no answer (%s)", payment.key, error)
        _return(payment, State.UNKNOWN, now=now)
    else:
        apply_result(payment, answer, source=Source.ANSWER, now=now)


def _ask(payment: Payment, *, now: datetime) -> gateway.Answer:
    """Charge; what waited for longer than a key lives may have been sent by a program that no longer remembers."""
    provider, order = gateway.connect(), order_of(payment)
    if now - payment.created_at >= KEY_LIFE:
        known = provider.find(order, since=payment.created_at)
        if known is not None:
            return known
    return provider.charge(order)


def _return(payment: Payment, state: State, *, now: datetime) -> None:
    """Leave it for a later round, unless a webhook has closed it meanwhile."""
    due_at = now + (PATIENCE if state == State.UNKNOWN else _pause(payment))
    moves.move(payment, state, only_from=State.SUBMITTING, source=Source.WORKER, now=now, due_at=due_at)


def _pause(payment: Payment) -> timedelta:
    """Twice as long after each refusal to look, and not for all at the same moment: no storm when it looks again."""
    times = payment.steps.filter(state=State.SUBMITTING).count()
    spread = timedelta(seconds=payment.key.int % 30) if times > 1 else timedelta()
    longer: int = 2 ** min(times - 1, 8)
    return min(PATIENCE * longer, _LONGEST) + spread


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
        apply_result(payment, answer, source=Source.LOOK_UP, now=now)
    elif now - since < KEY_LIFE:
        _repeat(payment, now=now)
    else:
        _leave_to_a_person(payment, now=now)


def _repeat(payment: Payment, *, now: datetime) -> None:
    """The provider has nothing under the key, and still knows keys of that age: the same request once more."""
    if is_stopped(payment) or _is_unwanted(payment, now=now):
        return  # looked up again, no more: what was sent may still take money
    if payment.state == State.UNKNOWN:
        due_at = now + LEASE
        moves.move(payment, State.SUBMITTING, only_from=State.UNKNOWN, source=Source.LOOK_UP, now=now, due_at=due_at)
    if payment.state == State.SUBMITTING:
        _submit(payment, now=now)


def _is_unwanted(payment: Payment, *, now: datetime) -> bool:
    automatic = payment.kind == Payment.Kind.AUTOMATIC
    return automatic and _obstacle(Account.objects.get(pk=payment.account_id), now=now) is not None


def _leave_to_a_person(payment: Payment, *, now: datetime) -> None:
    """The provider may have forgotten the key by now: somebody is told, once (fault F30)."""
    waiting = Payment.objects.filter(pk=payment.pk, state__in=(State.SUBMITTING, State.UNKNOWN))
    if waiting.exclude(error_code="unanswered").update(error_code="unanswered"):
        logger.error("payment %s: unknown for a day; somebody must look", payment.key)
    waiting.update(due_at=now + _SELDOM)


def apply_result(payment: Payment, answer: gateway.Answer, *, source: Source, now: datetime) -> bool:
    """Apply what the provider says, under the account's lock; the one way by which money comes in.

    False: it does not fit our record, and nothing was believed. Raises gateway.Unreachable where an event alone does
    not count and the provider does not say how it is now.
    """
    try:
        return _apply(payment, answer, source=source, now=now)
    except outcomes.AskAgain:
        current = gateway.connect().retrieve(answer.ref)
        return current is not None and _apply(payment, current, source=Source.LOOK_UP, now=now)


def _apply(payment: Payment, answer: gateway.Answer, *, source: Source, now: datetime) -> bool:
    with accounts.changing(payment.account_id, now=now) as account:
        return outcomes.apply(account, payment, answer, source=source, now=now)


def order_of(payment: Payment) -> gateway.Order:
    """The charge as the provider gets it; the same for every repetition."""
    return gateway.Order(
        key=payment.key,
        customer=payment.account.customer_ref,
        method=payment.method.provider_ref,
        total=payment.total,
        currency=payment.currency,
        description="Communications Credits",
        present=payment.kind == Payment.Kind.MANUAL,
        return_url=links.page(payment.account.organization, "payment", payment.key),
    )


def is_stopped(payment: Payment) -> bool:
    """If the brake on all automatic charges keeps this one from being sent."""
    return payment.kind == Payment.Kind.AUTOMATIC and brakes.is_pulled(Brake.What.CHARGES)


def charge_due(*, now: datetime, limit: int = 50) -> int:
    """Send every pending payment that is due; answers how many. Automatic ones wait while the brake is pulled."""
    waiting = Payment.objects.due(at=now)
    if brakes.is_pulled(Brake.What.CHARGES):
        waiting = waiting.exclude(kind=Payment.Kind.AUTOMATIC)
    due = list(waiting.select_related("account__organization", "method").order_by("due_at")[:limit])
    # What the provider has turned away before goes back to it slowly: it may only just have returned (fault F32).
    again = [payment for payment in due if payment.submitted_at is not None]
    done = sweeps.each([payment for payment in due if payment.submitted_at is None], lambda one: charge(one, now=now))
    return done + sweeps.slowly(again, lambda one: charge(one, now=now), every=settings.PROVIDER_AGAIN_SECONDS)


def look_up_due(*, now: datetime, limit: int = 50) -> int:
    """Look up every payment whose answer is overdue; answers how many."""
    waiting = Payment.objects.to_look_up(at=now).select_related("account__organization", "method")
    due = list(waiting.order_by("due_at")[:limit])
    return sweeps.slowly(due, lambda one: look_up(one, now=now), every=settings.PROVIDER_AGAIN_SECONDS)
