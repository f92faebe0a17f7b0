"""Celery's door to the sweeps of this floor."""

from celery import shared_task
from django.utils import timezone

from rating import authorizing, charging, rollups, uploads
from subscriptions.doorbell import ring


@shared_task(name="rating.rate_due")
def rate_due() -> int:
    return _then_go_on(charging.charge_due(now=timezone.now()))


# A large file takes its minutes. A worker that dies over one leaves it to the next, as its row says, not the message.
@shared_task(name="rating.uploads_due", acks_late=False, soft_time_limit=3600, time_limit=3660)
def uploads_due() -> int:
    moved = uploads.work_due(now=timezone.now())
    if moved:
        ring("rating.uploads_due")
    return moved


@shared_task(name="rating.lapse_sessions_due")
def lapse_sessions_due() -> int:
    return authorizing.lapse_due(now=timezone.now())


@shared_task(name="rating.roll_up_due")
def roll_up_due() -> int:
    return rollups.build_due(now=timezone.now())


def _then_go_on(moved: int) -> int:
    """What was charged may need a recharge or leave something to tell; the next batch follows at once."""
    if moved:
        ring("credits.charge_due", "notifications.deliver_due")
        if charging.is_due(now=timezone.now()):
            ring("rating.rate_due")
    return moved
