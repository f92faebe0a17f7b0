"""The provider's list and ours, made to agree: what a rule can mend is mended, the rest is shown to a person.

Every ten minutes for the last two days, every night for five weeks (reliability: 5.1, 8). Whatever webhook was lost,
its money, refund or dispute is found here. Nothing is begun before the provider's lists are whole.

A difference is found once and seen again; a person settles it with a note, and then that matter rests. One whose
payment lies within the period and that is not seen any more is closed by the run itself, which says so.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from credits import comparison, disputes, gateway, payments, refunds
from credits.comparison import Finding
from credits.models import Difference, PaymentStep, Reconciliation
from subscriptions.models import User

logger = logging.getLogger(__name__)

#: How far back each of the two runs looks.
RECENT: Final = timedelta(hours=48)
ALL: Final = timedelta(days=35)
#: When the last whole comparison is older, a person is called.
OFTEN_ENOUGH: Final = timedelta(days=1)
_GONE: Final = "It no longer differs."


class AlreadySettled(Exception):
    """Somebody, or a later run, has settled this difference."""


def run(*, since: datetime, now: datetime) -> Reconciliation:
    """Compare both ways and mend. If the provider is out of reach nothing happens, and the run has no end."""
    _call_if_overdue(now)
    done = Reconciliation.objects.create(began_at=now, since=since)
    try:
        told = comparison.ask(since=since)
    except gateway.Unreachable as error:
        logger.warning("reconciliation %s: the provider is out of reach (%s)", done.pk, error)
        return done
    # One after the other: a refund or a dispute may be of a charge that is only counted now.
    stages: tuple[Callable[[], list[Finding]], ...] = (
        lambda: comparison.charges(told, since=since, now=now),
        lambda: comparison.refunds(told, since=since, now=now),
        lambda: comparison.disputes(told),
    )
    for stage in stages:
        _mend_and_note(done, stage(), now=now)
    _close_gone(since, now=now)
    done.charges, done.refunds, done.disputes = len(told.charges), len(told.refunds), len(told.disputes)
    done.ended_at = now
    done.save()
    return done


def overdue(*, now: datetime) -> timedelta | None:
    """How long ago the last whole comparison began (the first attempt, where none was whole), if that is too long."""
    runs = Reconciliation.objects.order_by("-pk")
    last = runs.filter(ended_at__isnull=False).first() or runs.last()
    age = now - last.began_at if last else timedelta(0)
    return age if age > OFTEN_ENOUGH else None


def _call_if_overdue(now: datetime) -> None:
    """Somebody is called, once: by the first run that finds it so."""
    before = Reconciliation.objects.order_by("-pk").first()
    if before is None or (age := overdue(now=now)) is None:
        return
    if before.ended_at is not None or overdue(now=before.began_at) is None:
        logger.critical("nothing has been compared with the provider's list for %s", age)


def settle(difference: Difference, *, actor: User, note: str, now: datetime) -> None:
    """A person says what was done about it. Raises AlreadySettled."""
    open_one = Difference.objects.filter(pk=difference.pk, settled_at=None)
    if not open_one.update(settled_at=now, settled_by=actor, note=note[:200]):
        raise AlreadySettled


def _mend_and_note(done: Reconciliation, findings: list[Finding], *, now: datetime) -> None:
    left = []
    for finding in findings:
        if finding.mends and _mend(finding, now=now):
            done.applied += 1
        else:
            left.append(finding)
    done.differences += comparison.note(comparison.unsettled(left), now=now)


def _mend(finding: Finding, *, now: datetime) -> bool:
    """Apply the provider's word by the rule for it. One that goes wrong must not keep the others waiting."""
    try:
        mended = _apply(finding, now=now)
    except (refunds.DoesNotFit, disputes.NothingDisputed, disputes.Overturned, gateway.Unreachable) as error:
        logger.warning("reconciliation: %s %s could not be applied (%r)", finding.kind, finding.ref, error)
        return False
    except Exception:
        logger.exception("reconciliation: %s %s could not be applied", finding.kind, finding.ref)
        return False
    logger.info("reconciliation: %s %s: %s", finding.kind, finding.ref, finding.why)
    return mended


def _apply(finding: Finding, *, now: datetime) -> bool:
    word, payment = finding.word, finding.payment
    if isinstance(word, gateway.RefundAnswer):
        refund = refunds.found_at_provider(word, now=now)
        return refund is not None and refund.state == word.state
    if payment is None:
        return False
    if isinstance(word, gateway.Dispute):
        return disputes.apply(payment, word, is_current=True, now=now)
    if isinstance(word, gateway.Answer):
        return payments.apply_result(payment, word, source=PaymentStep.Source.RECONCILIATION, now=now)
    return False


def _close_gone(since: datetime, *, now: datetime) -> None:
    """What this run would have seen, had it still been so: nobody settled it, and the note says why it is closed."""
    gone = Difference.objects.filter(settled_at=None, seen_at__lt=now, payment__created_at__gte=since)
    gone.update(settled_at=now, note=_GONE)
