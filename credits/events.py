"""What the provider tells us by webhook: verified, stored by its id, then handled like any other answer."""

import logging
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError

from credits import gateway, payments
from credits.models import Payment, ProviderEvent

logger = logging.getLogger(__name__)

#: Events about a charge; the object in them is a payment intent.
_CHARGES: Final = frozenset({"payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled"})


def receive(body: bytes, signature: str, *, now: datetime) -> None:
    """Store a webhook once by the provider's event id, before anything is done with it. Raises gateway.Forged."""
    event = gateway.read_event(body, signature, now=now)
    ProviderEvent.objects.bulk_create(
        [ProviderEvent(event_ref=event.ref, kind=event.kind, payload=event.payload, received_at=now, due_at=now)],
        ignore_conflicts=True,
    )


def handle(event: ProviderEvent, *, now: datetime) -> None:
    """Apply an event, whatever came before it; what fits no payment of ours is quarantined."""
    if event.kind not in _CHARGES:
        _close(event, ProviderEvent.Outcome.IGNORED, now=now)
        return
    try:
        answer = gateway.answer_of(event.payload["data"]["object"])
        payment = Payment.objects.select_related("account", "method").filter(key=answer.key).first()
    except (KeyError, TypeError, AttributeError, ValueError, ValidationError):
        _close(event, ProviderEvent.Outcome.QUARANTINED, why="unreadable", now=now)
        return
    if payment is None:
        _close(event, ProviderEvent.Outcome.QUARANTINED, why="unknown payment", now=now)
        return
    payments.apply_result(payment, answer, now=now)
    _close(event, ProviderEvent.Outcome.APPLIED, now=now)


def _close(event: ProviderEvent, outcome: ProviderEvent.Outcome, *, now: datetime, why: str = "") -> None:
    if outcome == ProviderEvent.Outcome.QUARANTINED:
        logger.error("provider event %s quarantined: %s", event.event_ref, why)
    ProviderEvent.objects.filter(pk=event.pk, handled_at=None).update(handled_at=now, outcome=outcome, why=why)


def handle_due(*, now: datetime, limit: int = 100) -> int:
    """Handle every stored event that is waiting, oldest first; answers how many."""
    due = list(ProviderEvent.objects.due(at=now).order_by("pk")[:limit])
    for event in due:
        handle(event, now=now)
    return len(due)
