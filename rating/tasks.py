"""Celery's door to the sweeps of this floor."""

from celery import shared_task
from django.utils import timezone

from rating import authorizing, charging
from subscriptions.doorbell import ring


@shared_task(name="rating.rate_due")
def rate_due() -> int:
    return _then_go_on(charging.charge_due(now=timezone.now()))


@shared_task(name="rating.lapse_sessions_due")
def lapse_sessions_due() -> int:
    return authorizing.lapse_due(now=timezone.now())


def _then_go_on(moved: int) -> int:
    """What was charged may need a recharge or leave something to tell; the next batch follows at once."""
    if moved:
        ring("credits.charge_due", "notifications.deliver_due")
        if charging.is_due(now=timezone.now()):
            ring("rating.rate_due")
    return moved
