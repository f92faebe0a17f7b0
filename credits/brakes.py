"""What must not go on by itself until a person has looked: the brakes on all automatic charges and on expiry.

The figures are settings (reliability: auto-recharge, "brakes").
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from credits.models import Brake, Payment
from subscriptions.models import User

logger = logging.getLogger(__name__)

#: What is compared: the automatic charges of so long, with those of as long in the days before.
WINDOW: Final = timedelta(minutes=10)
USUAL: Final = timedelta(days=7)


class NotPulled(Exception):
    """Somebody has released this brake already."""


def is_pulled(what: Brake.What) -> bool:
    """If it must not go on now."""
    return Brake.objects.filter(what=what, released_at=None).exists()


def pull(what: Brake.What, *, why: str, now: datetime) -> bool:
    """Stop it, and call somebody; False when it was stopped already, and nobody is called twice."""
    if is_pulled(what):
        return False
    Brake.objects.bulk_create([Brake(what=what, pulled_at=now, why=why[:200])], ignore_conflicts=True)
    logger.critical("%s stopped: %s. A person has to release the brake.", what.label, why)
    return True


@transaction.atomic
def release(brake: Brake, *, actor: User, note: str, now: datetime) -> None:
    """Let it go on, with what the person found. Raises NotPulled."""
    pulled = Brake.objects.filter(pk=brake.pk, released_at=None)
    if not pulled.update(released_at=now, released_by=actor, note=note[:200]):
        raise NotPulled
    logger.warning("%s goes on: released by %s", brake.what, actor.email)


def watch(*, now: datetime) -> int:
    """Pull the brake on automatic charges when there are far too many, or too many unanswered; answers how often."""
    why = _too_many(now) or _too_many_unknown(now)
    return int(bool(why) and pull(Brake.What.CHARGES, why=why, now=now))


def _too_many(now: datetime) -> str:
    sent = _sent(now - USUAL - WINDOW, now)
    recent = Q(submitted_at__gt=now - WINDOW)
    counted = sent.aggregate(lately=Count("pk", filter=recent), before=Count("pk", filter=~recent))
    usual = counted["before"] * WINDOW / USUAL
    allowed = max(settings.BRAKE_CHARGES_AT_LEAST, settings.BRAKE_CHARGES_TIMES * usual)
    if counted["lately"] <= allowed:
        return ""
    return f"{counted['lately']} automatic charges in ten minutes; {usual:.1f} are usual"


def _too_many_unknown(now: datetime) -> str:
    unanswered = Q(state=Payment.State.UNKNOWN)
    counted = _sent(now - WINDOW, now).aggregate(all=Count("pk"), unknown=Count("pk", filter=unanswered))
    enough = counted["all"] >= settings.BRAKE_UNKNOWN_OF_AT_LEAST
    if not enough or counted["unknown"] * 100 <= settings.BRAKE_UNKNOWN_PERCENT * counted["all"]:
        return ""
    return f"{counted['unknown']} of {counted['all']} automatic charges in ten minutes were not answered"


def _sent(since: datetime, until: datetime) -> QuerySet[Payment]:
    """Automatic payments that were sent to the provider since then."""
    return Payment.objects.filter(kind=Payment.Kind.AUTOMATIC, submitted_at__gt=since, submitted_at__lte=until)
