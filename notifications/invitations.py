"""The mails by which people are invited. The invitation is made on the floor below; its row says that a mail is due."""

import logging
from datetime import datetime, timedelta
from typing import Final

from notifications import links
from notifications.channels import Deferred, Letter, Refused, Unreachable, email
from notifications.outbox import LEASE
from subscriptions.models import Invitation, User

logger = logging.getLogger(__name__)

_SHORTEST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)


def deliver_due(*, now: datetime, limit: int) -> int:
    """Send the mails of the invitations that are due, `limit` at most; answers how many rows moved."""
    moved = 0
    due = Invitation.objects.due(at=now).select_related("organization", "invited_by").order_by("due_at", "pk")
    for invitation in due[:limit]:
        try:
            moved += deliver(invitation, now=now)
        except Unreachable as silence:
            logger.warning("no invitation can be sent (%s)", silence)
            return moved + 1
    return moved


def deliver(invitation: Invitation, *, now: datetime) -> bool:
    """Send this one's mail, if it is still due and nobody else is at it; answers whether this call dealt with it.

    Tried again until the invitation expires. Raises Unreachable, after having noted it.
    """
    lease = now + LEASE
    due = Invitation.objects.due(at=now).filter(pk=invitation.pk, due_at=invitation.due_at)
    if not due.update(due_at=lease):
        return False
    held = Invitation.objects.filter(pk=invitation.pk, due_at=lease, sent_at=None)
    try:
        email.send(_letter(invitation))
    except Refused as refusal:
        logger.warning("invitation %s cannot be mailed: %s", invitation.pk, refusal)
        # Never due again before it expires: the mail will not be sent, the link stays good.
        held.update(due_at=invitation.expires_at)
    except Deferred:
        held.update(due_at=now + _pause(invitation, now=now))
    except Unreachable:
        held.update(due_at=now + _pause(invitation, now=now))
        raise
    else:
        Invitation.objects.filter(pk=invitation.pk, sent_at=None).update(sent_at=now)
    return True


def _pause(invitation: Invitation, *, now: datetime) -> timedelta:
    """As long again as it has waited already, within bounds: each pause is about twice the one before."""
    return min(max(now - invitation.created_at, _SHORTEST_PAUSE), _LONGEST_PAUSE)


def _letter(invitation: Invitation) -> Letter:
    organization = invitation.organization
    person = User.objects.filter(email__iexact=invitation.email).first()
    return email.written(
        "invitation",
        address=invitation.email,
        language=(person.language if person else "") or organization.language,
        zone=organization.zone,
        # One that is renewed gets another id: it is another mail, not a copy of the first.
        message_id=email.message_id(f"invitation-{invitation.pk}-{invitation.expires_at:%Y%m%d%H%M%S%f}"),
        context={"invitation": invitation, "organization": organization, "link": links.invitation(invitation)},
    )
