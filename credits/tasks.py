"""Celery's door to the sweeps of this floor: one line each, no arguments, an int of rows moved."""

from celery import shared_task
from django.utils import timezone

from credits import events, expiry, holds, payments, recharges
from subscriptions.doorbell import ring


@shared_task(name="credits.events_due")
def events_due() -> int:
    return _then_tell(events.handle_due(now=timezone.now()))


@shared_task(name="credits.lapse_due")
def lapse_due() -> int:
    return _then_tell(holds.lapse_due(now=timezone.now()), "credits.expire_due")


@shared_task(name="credits.expire_due")
def expire_due() -> int:
    return _then_tell(expiry.expire_due(now=timezone.now()), "credits.charge_due")


@shared_task(name="credits.charge_due")
def charge_due() -> int:
    return _then_tell(recharges.charge_due(now=timezone.now()))


@shared_task(name="credits.look_up_due")
def look_up_due() -> int:
    return _then_tell(payments.look_up_due(now=timezone.now()))


def _then_tell(moved: int, *follow: str) -> int:
    """Whatever moved may have left something to tell, or to do next."""
    if moved:
        ring("notifications.deliver_due", *follow)
    return moved
