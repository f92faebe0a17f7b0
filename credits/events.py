"""What the provider tells us by webhook: verified, stored by its id, then handled like any other answer.

Events come late, again and in any order. What they say was so once; where much hangs on it, the provider is asked how
it is now.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from credits import disputes, gateway, payments, refunds, sweeps
from credits.models import Payment, ProviderEvent
from credits.moves import Source
from subscriptions import money

logger = logging.getLogger(__name__)

#: More forged webhooks than this in a minute, and somebody is told. Each process of the web server counts its own.
FORGED_A_MINUTE: Final = 10
_forged: Final[deque[datetime]] = deque(maxlen=FORGED_A_MINUTE + 1)
#: A provider that does not answer is asked again after this.
_PATIENCE: Final = timedelta(minutes=1)


class Doubtful(Exception):
    """The event fits nothing of ours: it is kept for a person, and nothing is believed."""


@dataclass(frozen=True, slots=True)
class _About:
    """How one kind of event is read, and what it does."""

    read: Callable[[Mapping[str, Any]], Any]
    apply: Callable[[Any, datetime], None]


def receive(body: bytes, signature: str, *, now: datetime) -> None:
    """Store a webhook once by the provider's event id, before anything is done with it. Raises gateway.Forged."""
    try:
        event = gateway.read_event(body, signature, now=now)
    except gateway.Forged:
        _count_forged(now)
        raise
    ProviderEvent.objects.bulk_create(
        [ProviderEvent(event_ref=event.ref, kind=event.kind, payload=event.payload, received_at=now, due_at=now)],
        ignore_conflicts=True,
    )


def _count_forged(now: datetime) -> None:
    """Nothing of a forged webhook is kept; a flood of them is told once for each time that it fills a minute."""
    _forged.append(now)
    if len(_forged) > FORGED_A_MINUTE and now - _forged[0] <= timedelta(minutes=1):
        logger.error("more than %s forged webhooks within a minute", FORGED_A_MINUTE)
        _forged.clear()


def handle(event: ProviderEvent, *, now: datetime) -> None:
    """Apply an event, whatever came before it; what fits no payment of ours is quarantined."""
    about = _KINDS.get(event.kind)
    if about is None:
        _close(event, ProviderEvent.Outcome.IGNORED, now=now)
        return
    try:
        said = about.read(event.payload["data"]["object"])
    except (KeyError, TypeError, AttributeError, ValueError):
        _close(event, ProviderEvent.Outcome.QUARANTINED, why="unreadable", now=now)
        return
    try:
        about.apply(said, now)
    except Doubtful as doubt:
        _close(event, ProviderEvent.Outcome.QUARANTINED, why=str(doubt), now=now)
    except gateway.Unreachable as error:
        logger.warning("provider event %s has to wait (%s)", event.event_ref, error)
        ProviderEvent.objects.filter(pk=event.pk, handled_at=None).update(due_at=now + _PATIENCE)
    else:
        _close(event, ProviderEvent.Outcome.APPLIED, now=now)


def _charged(answer: gateway.Answer, now: datetime) -> None:
    payment = _payment_of_key(answer.key)
    if not payments.apply_result(payment, answer, source=Source.WEBHOOK, now=now):
        raise Doubtful("does not fit our record")


def _disputed(dispute: gateway.Dispute, now: datetime) -> None:
    payment = _paid(dispute.charge_ref, now)
    most = money.to_minor(payment.total, payment.currency)
    if dispute.currency != payment.currency or not 0 < dispute.minor <= most:
        raise Doubtful("does not fit our record")
    try:
        if disputes.apply(payment, dispute, is_current=False, now=now):
            return
        since = payment.submitted_at or payment.created_at
        for current in gateway.connect().disputes(since=since, charge_ref=dispute.charge_ref):
            if current.ref == dispute.ref:
                disputes.apply(payment, current, is_current=True, now=now)
                return
    except disputes.NothingDisputed:
        raise Doubtful("a dispute of a payment that brought no credit") from None
    except disputes.Overturned:
        raise Doubtful("a lost dispute goes on: a person gives the credit back") from None
    raise Doubtful("the provider does not know this dispute")


def _refunded(answer: gateway.RefundAnswer, now: datetime) -> None:
    _paid(answer.charge_ref, now)
    try:
        refunds.found_at_provider(answer, now=now)
    except refunds.DoesNotFit:
        raise Doubtful("does not fit our record") from None


def _charge_of(charge: Mapping[str, Any]) -> str:
    """The payment intent that a charge belongs to."""
    ref = charge["payment_intent"]
    if not isinstance(ref, str) or not ref:
        raise TypeError("a charge without a payment intent")
    return ref


def _refunded_in_parts(charge_ref: str, now: datetime) -> None:
    """The event tells of the charge and not of its refunds: all of them, as they are now."""
    payment = _paid(charge_ref, now)
    since = payment.submitted_at or payment.created_at
    for answer in gateway.connect().refunds_made(since=since, charge_ref=charge_ref):
        _refunded(answer, now)


def _payment_of_key(key: str) -> Payment:
    try:
        found = Payment.objects.select_related("account", "method").filter(key=UUID(key)).first()
    except ValueError:
        found = None
    if found is None:
        raise Doubtful("unknown payment")
    return found


def _paid(charge_ref: str, now: datetime) -> Payment:
    """The payment of a charge that took money; where we do not know so yet, the provider says it first."""
    payment = Payment.objects.select_related("account", "method").filter(provider_ref=charge_ref).first()
    if payment is not None and payment.state == Payment.State.SUCCEEDED:
        return payment
    current = gateway.connect().retrieve(charge_ref) if charge_ref else None
    if current is None:
        raise Doubtful("unknown payment")
    payment = payment or _payment_of_key(current.key)
    if not payments.apply_result(payment, current, source=Source.LOOK_UP, now=now):
        raise Doubtful("does not fit our record")
    return payment


def _close(event: ProviderEvent, outcome: ProviderEvent.Outcome, *, now: datetime, why: str = "") -> None:
    if outcome == ProviderEvent.Outcome.QUARANTINED:
        logger.error("provider event %s quarantined: %s", event.event_ref, why)
    ProviderEvent.objects.filter(pk=event.pk, handled_at=None).update(handled_at=now, outcome=outcome, why=why)


def handle_due(*, now: datetime, limit: int = 100) -> int:
    """Handle every stored event that is waiting, oldest first; answers how many."""
    due = list(ProviderEvent.objects.due(at=now).order_by("pk")[:limit])
    return sweeps.each(due, lambda event: handle(event, now=now))


_CHARGE: Final = _About(gateway.answer_of, _charged)
_DISPUTE: Final = _About(gateway.dispute_of, _disputed)
_REFUND: Final = _About(gateway.refund_of, _refunded)
#: What is listened to; every other kind is stored and ignored.
_KINDS: Final[Mapping[str, _About]] = {
    **dict.fromkeys(
        ("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled",
         "payment_intent.requires_action", "payment_intent.processing"),
        _CHARGE,
    ),
    **dict.fromkeys(
        ("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
         "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"),
        _DISPUTE,
    ),
    **dict.fromkeys(("refund.created", "refund.updated", "refund.failed", "charge.refund.updated"), _REFUND),
    "charge.refunded": _About(_charge_of, _refunded_in_parts),
}  # fmt: skip
