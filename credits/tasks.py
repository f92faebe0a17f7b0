"""Celery's door to the sweeps of this floor: one line each, no arguments, an int of rows moved."""

from datetime import timedelta

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from credits import (
    brakes,
    events,
    expiry,
    holds,
    late_receipts,
    payments,
    recharges,
    reconciliation,
    refunds,
    reminders,
    sums,
    sweeps,
)
from subscriptions.doorbell import ring

sweeps.cut_by(SoftTimeLimitExceeded)


@shared_task(name="credits.events_due")
def events_due() -> int:
    return _then_tell(events.handle_due(now=timezone.now()))


@shared_task(name="credits.lapse_due")
def lapse_due() -> int:
    return _then_tell(holds.lapse_due(now=timezone.now()), "credits.expire_due")


@shared_task(name="credits.expire_due")
def expire_due() -> int:
    return _then_tell(expiry.sweep(now=timezone.now()), "credits.charge_due")


@shared_task(name="credits.charge_due")
def charge_due() -> int:
    # A sweep takes some of what is due; where there was any, the next one looks at once whether there is more.
    return _then_tell(recharges.charge_due(now=timezone.now()), "credits.charge_due")


@shared_task(name="credits.look_up_due")
def look_up_due() -> int:
    return _then_tell(payments.look_up_due(now=timezone.now()))


@shared_task(name="credits.give_up_due")
def give_up_due() -> int:
    return _then_tell(payments.give_up_due(now=timezone.now()), "credits.charge_due")


@shared_task(name="credits.look_ahead_due")
def look_ahead_due() -> int:
    return _then_tell(recharges.look_ahead_due(now=timezone.now()), "credits.charge_due")


@shared_task(name="credits.refunds_due")
def refunds_due() -> int:
    return _then_tell(refunds.refund_due(now=timezone.now()))


@shared_task(name="credits.receipts_due")
def receipts_due() -> int:
    return late_receipts.issue_due(now=timezone.now())


@shared_task(name="credits.remind_due")
def remind_due() -> int:
    return _then_tell(reminders.remind_due(now=timezone.now()))


@shared_task(name="credits.sum_journals_due")
def sum_journals_due() -> int:
    return sums.sum_due(now=timezone.now())


@shared_task(name="credits.watch_brakes")
def watch_brakes() -> int:
    return brakes.watch(now=timezone.now())


# The provider's lists are read page by page, which takes its time. A comparison that is cut off while it reads has
# changed nothing, and the next one begins anew.
@shared_task(name="credits.reconcile_recent", acks_late=False, soft_time_limit=500, time_limit=560)
def reconcile_recent() -> int:
    return _reconcile(reconciliation.RECENT)


@shared_task(name="credits.reconcile_all", acks_late=False, soft_time_limit=3600, time_limit=3660)
def reconcile_all() -> int:
    return _reconcile(reconciliation.ALL)


def _reconcile(back: timedelta) -> int:
    now = timezone.now()
    return _then_tell(reconciliation.run(since=now - back, now=now).applied)


def _then_tell(moved: int, *follow: str) -> int:
    """Whatever moved may have left something to tell, or to do next."""
    if moved:
        ring("notifications.deliver_due", *follow)
    return moved
