"""Notices from the fact to the mail: posted inside the money's transaction, sent outside of any.

Promise: none is lost, and at most one more copy for each crash between a server's acceptance and our mark, under the
same Message-ID.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, QuerySet

from notifications import facts as known
from notifications import links
from notifications.channels import Deferred, Letter, Refused, Unreachable, email
from notifications.models import Delivery, Notice
from subscriptions.models import Membership, Organization

logger = logging.getLogger(__name__)

Role = Membership.Role

#: Who is told what. A role that is not named is not told.
ROLES: Final[Mapping[Notice.Kind, frozenset[Role]]] = {
    Notice.Kind.RECHARGE_PAID: frozenset({Role.OWNER, Role.BILLING_ADMIN}),
    Notice.Kind.RECHARGE_FAILED: frozenset({Role.OWNER, Role.BILLING_ADMIN}),
    Notice.Kind.BELOW_ZERO: frozenset({Role.OWNER, Role.BILLING_ADMIN}),
    Notice.Kind.MINUTES_LOW: frozenset({Role.OWNER, Role.BILLING_ADMIN}),
    Notice.Kind.MINUTES_USED: frozenset({Role.OWNER, Role.BILLING_ADMIN}),
}
#: A sender that has not answered for this long is taken for dead (reliability: notices, once and hardly ever twice).
LEASE: Final = timedelta(minutes=15)
ATTEMPTS: Final = 10
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
    moved = sum(address(notice, now=now) for notice in notices[:limit])
    copies = Delivery.objects.due(at=now).select_related("notice__organization").order_by("due_at", "pk")
    for delivery in copies[:limit]:
        try:
            moved += deliver(delivery, now=now)
        except Unreachable as silence:
            logger.warning("no mail can be sent (%s)", silence)
            return moved + 1
    return moved


@transaction.atomic
def address(notice: Notice, *, now: datetime) -> bool:
    """Make one delivery for each person who is to get the notice: all of them and the mark, or nothing.

    Answers whether it was this call that did it.
    """
    if not Notice.objects.filter(pk=notice.pk, addressed_at=None).update(addressed_at=now):
        return False
    members = _told(notice)
    if not members:
        logger.warning("notice %s: nobody of the organization gets notices of this kind", notice.pk)
    Delivery.objects.bulk_create(
        [
            Delivery(
                notice=notice,
                address=member.user.email,
                language=member.user.language or notice.organization.language,
                due_at=now,
            )
            for member in members
        ],
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
        _give_up(delivery, lease, str(refusal))
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
    """Let failed copies begin anew; answers how many were failed. The letter keeps its Message-ID."""
    return deliveries.filter(state=Delivery.State.FAILED).update(
        state=Delivery.State.WAITING, attempts=0, due_at=now, error=""
    )


def _told(notice: Notice) -> QuerySet[Membership]:
    roles = ROLES[Notice.Kind(notice.kind)]
    members = Membership.objects.filter(organization=notice.organization_id, role__in=roles, user__is_active=True)
    return members.select_related("user").order_by("pk")


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
    members = Membership.objects.filter(organization=delivery.notice.organization_id, user__is_active=True)
    role = members.filter(user__email=delivery.address).values_list("role", flat=True).first()
    if role is None:
        return "no longer a member"
    if Role(role) not in ROLES[Notice.Kind(delivery.notice.kind)]:
        return "no longer in a role that gets this notice"
    return ""


def _letter(delivery: Delivery) -> Letter:
    notice, organization = delivery.notice, delivery.notice.organization
    values = known.read(Notice.Kind(notice.kind), notice.facts)
    return email.written(
        notice.kind,
        address=delivery.address,
        language=delivery.language,
        zone=organization.zone,
        # The time keeps ids apart when a database begins its numbers anew.
        message_id=email.message_id(f"notice-{notice.pk}-{delivery.pk}-{notice.created_at:%Y%m%d%H%M%S%f}"),
        context={**values, "organization": organization, "pages": links.pages(organization, values)},
    )


def _give_up(delivery: Delivery, lease: datetime, reason: str) -> None:
    _held(delivery, lease).update(state=Delivery.State.FAILED, error=reason)
    logger.warning("delivery %s failed: %s", delivery.pk, reason)


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
