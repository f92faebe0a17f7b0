"""Celery's door to what the roof does by itself."""

from celery import shared_task
from django.utils import timezone

from config import ledger_check


# Long, and pointless to repeat at once: a check that dies is seen, and the next night brings another. It says that
# nothing is left to do, whatever it found.
@shared_task(name="config.check_ledger", acks_late=False, soft_time_limit=3600, time_limit=3660)
def check_ledger() -> int:
    ledger_check.nightly(now=timezone.now())
    return 0
