"""A charge that waits for its bank: the page where the person confirms, coming back from it, and giving it up.

The person is brought to the bank's page on session; what became of it is always asked of the provider.
"""

import logging
from datetime import datetime

from credits import accounts, gateway, outcomes, sweeps
from credits.models import Payment
from credits.moves import Source, State
from credits.payments.charging import LEASE, apply_result, order_of
from subscriptions import activity, money
from subscriptions.models import User

logger = logging.getLogger(__name__)


class NothingToConfirm(Exception):
    """The payment does not wait for its bank (any more); its page says what became of it."""


class TooLate(Exception):
    """The payment is being charged or has ended; it cannot be cancelled."""


def bank_page(payment: Payment, *, now: datetime) -> str:
    """The address of the page where the person confirms. Raises NothingToConfirm, gateway.Unreachable."""
    payment.refresh_from_db()
    if payment.state != State.REQUIRES_ACTION:
        raise NothingToConfirm
    answer = gateway.connect().retrieve(payment.provider_ref or "")
    if answer is not None and answer.state == "failed" and answer.code == outcomes.ASKS_HOLDER:
        answer = _on_session(payment)
    if answer is None:
        raise NothingToConfirm
    if answer.state != "requires_action" or not answer.action_url:
        apply_result(payment, answer, source=Source.LOOK_UP, now=now)
        raise NothingToConfirm
    return answer.action_url


def _on_session(payment: Payment) -> gateway.Answer:
    """The refused intent once more, with its person present; it takes money once, however often it is confirmed."""
    try:
        return gateway.connect().confirm(order_of(payment), payment.provider_ref or "")
    except (gateway.Busy, gateway.Unanswered) as error:
        raise gateway.Unreachable(str(error)) from error


def returned(payment: Payment, *, now: datetime) -> None:
    """The person came back from the bank's page: ask what became of it. Raises gateway.Unreachable."""
    payment.refresh_from_db()
    if payment.state != State.REQUIRES_ACTION:
        return
    answer = gateway.connect().retrieve(payment.provider_ref or "")
    if answer is not None:
        apply_result(payment, answer, source=Source.LOOK_UP, now=now)


def cancel(payment: Payment, *, actor: User, now: datetime) -> None:
    """Give the payment up before it took money, at the provider first. Raises TooLate, gateway.Unreachable."""
    if not _cancel_unsent(payment, now=now):
        if payment.state != State.REQUIRES_ACTION:
            raise TooLate
        _cancel_there(payment, source=Source.PERSON, now=now)
    if payment.state != State.CANCELLED:
        raise TooLate
    with accounts.changing(payment.account_id, now=now) as account:
        activity.record(
            account.organization,
            "payment.given_up",
            now=now,
            actor=actor,
            payment=str(payment.key),
            amount=str(payment.amount),
            currency=payment.currency,
        )


def _cancel_unsent(payment: Payment, *, now: datetime) -> bool:
    with accounts.changing(payment.account_id, now=now) as account:
        payment.refresh_from_db()
        unsent = payment.state == State.PENDING
        if unsent:
            outcomes.apply(account, payment, _gone(payment, payment.provider_ref or ""), source=Source.PERSON, now=now)
        return unsent


def _cancel_there(payment: Payment, *, source: Source, now: datetime) -> None:
    """Cancel the intent; if it has taken money meanwhile, that is what is applied. Raises gateway.Unreachable."""
    ref = payment.provider_ref or ""
    answer = gateway.connect().cancel(ref)
    if answer.code == "resource_missing":
        logger.warning("payment %s: the provider no longer knows it", payment.key)
        answer = _gone(payment, ref)
    if answer.state in {"failed", "requires_action"}:
        raise gateway.Unreachable(f"{ref} could not be cancelled")
    apply_result(payment, answer, source=source, now=now)


def _gone(payment: Payment, ref: str) -> gateway.Answer:
    """What is said of an intent that was never made, or that the provider has forgotten."""
    minor = money.to_minor(payment.total, payment.currency)
    return gateway.Answer(state="canceled", ref=ref, key=str(payment.key), minor=minor, currency=payment.currency)


def give_up_due(*, now: datetime, limit: int = 50) -> int:
    """Cancel what waited for its bank in vain, so that the round goes on with the next card; answers how many."""
    waiting = Payment.objects.unconfirmed(at=now).select_related("account__organization", "method")
    due = list(waiting.order_by("due_at")[:limit])
    return sweeps.each(due, lambda payment: _give_up(payment, now=now))


def _give_up(payment: Payment, *, now: datetime) -> None:
    mine = Payment.objects.filter(pk=payment.pk, state=State.REQUIRES_ACTION, due_at=payment.due_at)
    if not mine.update(due_at=now + LEASE):
        return
    try:
        _cancel_there(payment, source=Source.WORKER, now=now)
    except gateway.Unreachable as error:
        logger.warning("payment %s: cannot be given up (%s)", payment.key, error)
