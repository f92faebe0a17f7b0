"""Have the provider give the money back: claimed, sent, and looked up under its own key when no answer came."""

import logging
from datetime import datetime

from credits import gateway, sweeps
from credits.gateway import RefundAnswer
from credits.models import Refund
from credits.payments import KEY_LIFE, LEASE
from credits.refunds.amounts import order_of
from credits.refunds.booking import PATIENCE, apply

logger = logging.getLogger(__name__)

State = Refund.State


def refund_due(*, now: datetime, limit: int = 50) -> int:
    """Send every refund that is due, and look up those whose answer is overdue; answers how many."""
    due = list(Refund.objects.due(at=now).select_related("payment").order_by("due_at")[:limit])
    return sweeps.each(due, lambda refund: _go_on(refund, now=now))


def _go_on(refund: Refund, *, now: datetime) -> None:
    """Take the refund for the length of a lease; whoever was first sends it or looks it up."""
    begins = refund.state == State.PENDING
    # The first time counts: from then on the provider may know the key.
    sent = {"submitted_at": now} if begins and refund.submitted_at is None else {}
    taken = Refund.objects.filter(pk=refund.pk, state=refund.state, due_at=refund.due_at).update(
        state=State.SUBMITTING if begins else refund.state, due_at=now + LEASE, **sent
    )
    if taken and begins:
        _submit(refund, now=now)
    elif taken:
        _look_up(refund, now=now)


def _submit(refund: Refund, *, now: datetime) -> None:
    try:
        answer = _ask(refund, now=now)
    except (gateway.Busy, gateway.Unreachable) as error:
        logger.warning("refund %s: the provider is busy (%s)", refund.key, error)
        _leave(refund, State.PENDING, now=now)
    except gateway.Unanswered as error:
        logger.warning("refund %s: no answer (%s)", refund.key, error)
        _leave(refund, State.UNKNOWN, now=now)
    else:
        apply(refund, answer, now=now)


def _ask(refund: Refund, *, now: datetime) -> RefundAnswer:
    """Give back; what waited for longer than a key lives may have been sent by a program that no longer remembers."""
    provider, order = gateway.connect(), order_of(refund)
    if now - refund.created_at >= KEY_LIFE:
        known = provider.find_refund(order)
        if known is not None:
            return known
    return provider.refund(order)


def _leave(refund: Refund, state: Refund.State, *, now: datetime) -> None:
    """For a later round, unless its end has come by another way meanwhile."""
    Refund.objects.filter(pk=refund.pk, state__in=Refund.IN_FLIGHT).update(state=state, due_at=now + PATIENCE)


def _look_up(refund: Refund, *, now: datetime) -> None:
    """Ask what became of it. When there is none it is repeated under its own key, while the provider knows that."""
    try:
        answer = gateway.connect().find_refund(order_of(refund))
    except gateway.Unreachable as error:
        logger.warning("refund %s: cannot be looked up (%s)", refund.key, error)
        return
    if answer is not None:
        apply(refund, answer, now=now)
    elif now - (refund.submitted_at or refund.created_at) < KEY_LIFE:
        _submit(refund, now=now)
    else:
        # The list of its charge is complete: nothing was given back, and under this key nothing will be.
        logger.error("refund %s: unknown to the provider for a day; it failed", refund.key)
        apply(refund, _never_done(refund), now=now)


def _never_done(refund: Refund) -> RefundAnswer:
    order = order_of(refund)
    return RefundAnswer("failed", "", str(order.key), order.charge_ref, order.minor, order.currency, "not_found")
