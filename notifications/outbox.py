"""Notices from the fact to the mail: posted inside the money's transaction, sent outside of any.

Promise: none is lost, and at most one more copy for each crash between a server's acceptance and our mark, under the
same Message-ID.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from notifications import facts as known
from notifications import links, papers, recipients, truth
from notifications.channels import Deferred, Letter, Refused, Unreachable, email
from notifications.models import Delivery, Notice
from notifications.recipients import OPTIONAL
from subscriptions import periods
from subscriptions.models import Organization

logger = logging.getLogger(__name__)

#: A sender that has not answered for this long is taken for dead (reliability: notices, once and hardly ever twice).
LEASE: Final = timedelta(minutes=15)
ATTEMPTS: Final = 10
#: So often at most one copy is sent: the first time and whenever a person asks for it again.
MOST_COPIES: Final = 10
_DONE: Final = (Delivery.State.SENT, Delivery.State.BOUNCED, Delivery.State.FAILED)
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)


def post(
    kind: Notice.Kind,
    *,
    to: Organization,
    key: str,
    facts: Mapping[str, Any],
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Note, in the caller's transaction, that the organization is to be told; once for each kind and key.

    It is told at once, or from `due_at` on unless it is withdrawn before. Amounts may be Decimals or strings.
    Raises MissingFacts, NotPlain (see `notifications.facts`).
    """
    stored = known.stored(kind, facts)
    notice = Notice(organization=to, kind=kind, key=key, facts=stored, created_at=now, due_at=due_at or now)
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def withdraw(kind: Notice.Kind, *, to: Organization, key: str, now: datetime) -> None:
    """What was to be told is no longer true: if nobody has been told yet, nobody will be."""
    waiting = Notice.objects.filter(organization=to, kind=kind, key=key, addressed_at=None, withdrawn_at=None)
    waiting.update(withdrawn_at=now)


def deliver_due(*, now: datetime, limit: int) -> int:
    """Address the notices and send the copies that are due, `limit` of each at most; answers how many rows moved.

    When no server answers, the round ends: the others would only wait for the same silence.
    """
    notices = Notice.objects.due(at=now).select_related("organization").order_by("due_at", "pk")
    moved = sum(_tell(notice, now=now) for notice in notices[:limit])
    copies = Delivery.objects.due(at=now).select_related("notice__organization").order_by("due_at", "pk")
    for delivery in copies[:limit]:
        try:
            moved += deliver(delivery, now=now)
        except Unreachable as silence:
            logger.warning("no mail can be sent (%s)", silence)
            return moved + 1
    return moved


def _tell(notice: Notice, *, now: datetime) -> bool:
    """`tell`; what goes wrong with one notice keeps no other waiting, and it stays due."""
    try:
        return tell(notice, now=now)
    except Exception:
        logger.exception("notice %s could not be told", notice.pk)
        return False


def tell(notice: Notice, *, now: datetime) -> bool:
    """Look at the notice again: withdraw it if it holds no more, put it off if its organization has had enough for
    today, else address it. Answers whether this call moved it."""
    if not truth.holds(notice, now=now):
        withdraw(Notice.Kind(notice.kind), to=notice.organization, key=notice.key, now=now)
        return True
    with transaction.atomic():
        if notice.kind in OPTIONAL and _had_enough(notice.organization, now=now):
            tomorrow = periods.period_end("day", now, notice.organization.zone)
            return bool(_untold(notice).update(due_at=tomorrow))
        return address(notice, now=now)


@transaction.atomic
def address(notice: Notice, *, now: datetime) -> bool:
    """Make one delivery for each address that is to get the notice: all of them and the mark, or nothing.

    Answers whether it was this call that did it.
    """
    if not _untold(notice).update(addressed_at=now):
        return False
    told = recipients.of(notice)
    if not told:
        logger.warning("notice %s: nobody of the organization gets notices of this kind", notice.pk)
    Delivery.objects.bulk_create(
        [Delivery(notice=notice, address=one.address, language=one.language, due_at=now) for one in told],
        ignore_conflicts=True,
    )
    return True


def deliver(delivery: Delivery, *, now: datetime) -> bool:
    """Send this copy, if it is still due and nobody else is at it; answers whether this call dealt with it.

    Raises Unreachable, after having noted it, when no server took or refused the letter.
    """
    lease = _claim(delivery, now=now)
    if lease is None:
        return False
    if objection := _objection(delivery):
        _give_up(delivery, lease, objection)
        return True
    try:
        email.send(_letter(delivery))
    except Refused as refusal:
        _give_up(delivery, lease, str(refusal), as_=Delivery.State.BOUNCED)
    except Deferred as delay:
        _put_off(delivery, lease, str(delay), now=now)
    except Unreachable as silence:
        _put_off(delivery, lease, str(silence), now=now)
        raise
    else:
        # Whoever holds the lease by now: this copy is out.
        Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.SENDING).update(
            state=Delivery.State.SENT, sent_at=now, error=""
        )
    return True


def resend(deliveries: QuerySet[Delivery], *, now: datetime) -> int:
    """Let copies that failed or were refused begin anew; answers how many. The letter keeps its Message-ID."""
    return deliveries.filter(state__in=(Delivery.State.FAILED, Delivery.State.BOUNCED)).update(
        state=Delivery.State.WAITING, attempts=0, due_at=now, error=""
    )


def send_once_more(delivery: Delivery, *, now: datetime) -> bool:
    """Send this copy again, because a person asked, under a Message-ID of its own so that mail programs show it.

    Answers False when it is on its way anyway, or has been sent MOST_COPIES times.
    """
    done = Delivery.objects.filter(pk=delivery.pk, state__in=_DONE, copies__lt=MOST_COPIES)
    return bool(
        done.update(
            state=Delivery.State.WAITING, attempts=0, due_at=now, error="", sent_at=None, copies=F("copies") + 1
        )
    )


def _untold(notice: Notice) -> QuerySet[Notice]:
    return Notice.objects.filter(pk=notice.pk, addressed_at=None, withdrawn_at=None)


def _had_enough(organization: Organization, *, now: datetime) -> bool:
    """If it has been told NOTICES_A_DAY optional things since its day began. Two workers ask one after the other."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    since = periods.period_start("day", now, organization.zone)
    today = Notice.objects.filter(organization=organization, kind__in=OPTIONAL, addressed_at__gte=since)
    return bool(today.count() >= settings.NOTICES_A_DAY)


def _claim(delivery: Delivery, *, now: datetime) -> datetime | None:
    """The lease under which this call may send, or None when another holds it. An attempt counts from here on, so
    that a letter that kills its sender is not tried for ever."""
    lease = now + LEASE
    due = Delivery.objects.due(at=now).filter(pk=delivery.pk, due_at=delivery.due_at)
    claimed = due.update(state=Delivery.State.SENDING, due_at=lease, attempts=F("attempts") + 1)
    return lease if claimed else None


def _objection(delivery: Delivery) -> str:
    """Why the copy should not be sent any more; empty when it should."""
    if delivery.attempts >= ATTEMPTS:
        return f"no answer in {delivery.attempts} attempts"
    return recipients.objection(delivery.notice, delivery.address)


def _letter(delivery: Delivery) -> Letter:
    notice, organization = delivery.notice, delivery.notice.organization
    values = known.read(Notice.Kind(notice.kind), notice.facts)
    return email.written(
        notice.kind,
        address=delivery.address,
        language=delivery.language,
        zone=organization.zone,
        message_id=email.message_id(_occasion(delivery)),
        context={**values, "organization": organization, "pages": links.pages(organization, values)},
        papers=papers.of(notice, delivery.language),
    )


def _occasion(delivery: Delivery) -> str:
    """What the letter's id is made of: another one only when a person asked for another copy."""
    # The time keeps ids apart when a database begins its numbers anew.
    first = f"notice-{delivery.notice_id}-{delivery.pk}-{delivery.notice.created_at:%Y%m%d%H%M%S%f}"
    return first if delivery.copies == 1 else f"{first}-{delivery.copies}"


def _give_up(delivery: Delivery, lease: datetime, reason: str, *, as_: Delivery.State = Delivery.State.FAILED) -> None:
    # Due when it was tried, so that what an address answered last can be told from what it answered before.
    _held(delivery, lease).update(state=as_, error=reason, due_at=lease - LEASE)
    logger.warning("delivery %s %s: %s", delivery.pk, as_.value, reason)


def _put_off(delivery: Delivery, lease: datetime, reason: str, *, now: datetime) -> None:
    """Wait twice as long after each attempt, up to an hour; after the last, give up."""
    attempts = delivery.attempts + 1
    if attempts >= ATTEMPTS:
        _give_up(delivery, lease, reason)
        return
    pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)
    _held(delivery, lease).update(state=Delivery.State.WAITING, due_at=now + pause, error=reason)


def _held(delivery: Delivery, lease: datetime) -> QuerySet[Delivery]:
    """The row, as long as it is under this lease: a sender that comes late changes nothing."""
    return Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.SENDING, due_at=lease)
