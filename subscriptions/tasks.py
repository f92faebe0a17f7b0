"""Celery's door to the sweep of this floor: one line, no arguments, an int of rows moved."""

from celery import shared_task
from django.utils import timezone

from subscriptions import cancellations


@shared_task(name="subscriptions.end_due")
def end_due() -> int:
    return cancellations.end_due(now=timezone.now())
