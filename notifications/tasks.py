"""The sweep that sends what is due; its place in the timetable stands in config/celery.py."""

from typing import Final

from celery import shared_task
from django.utils import timezone

from notifications import invitations, outbox

#: So many of each kind at most in one round.
_ROUND: Final = 30


# A slow server may take seconds for each letter. A round that is cut off costs one letter its lease, so it gets more
# time than other tasks, and still less than a lease.
@shared_task(name="notifications.deliver_due", soft_time_limit=240, time_limit=300)
def deliver_due() -> int:
    """Send the notices and invitations that are due; answers how many rows moved."""
    now = timezone.now()
    return outbox.deliver_due(now=now, limit=_ROUND) + invitations.deliver_due(now=now, limit=_ROUND)
