"""What an organization has been sent, and which of its addresses refuse mail."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models.functions import Coalesce

from notifications.models import Delivery, Notice
from subscriptions.models import Membership, Organization

#: So many copies can be seen, and so many of them on a page.
SHOWN: Final = 50
SIZE: Final = 10
#: What an address answered longer ago says nothing about it.
_MEMORY: Final = timedelta(days=90)


def last_copies(organization: Organization) -> list[Delivery]:
    """The newest copies with their notices, newest first."""
    # By way of the notices, which have an index of the organization. Each has a copy, with rare exceptions.
    newest = Notice.objects.filter(organization=organization, addressed_at__isnull=False).order_by("-pk")
    chosen = list(newest.values_list("pk", flat=True)[:SHOWN])
    copies = Delivery.objects.filter(notice__in=chosen).select_related("notice").order_by("-notice_id", "-pk")
    return list(copies[:SHOWN])


def refusing(organization: Organization, *, now: datetime) -> list[Delivery]:
    """For each address that is still told things and whose server refused the last copy: that copy."""
    finished = Delivery.objects.filter(
        notice__organization=organization,
        notice__created_at__gte=now - _MEMORY,
        state__in=(Delivery.State.SENT, Delivery.State.BOUNCED),
    )
    last = finished.order_by("address", Coalesce("sent_at", "due_at").desc(), "-pk").distinct("address")
    known = _known(organization)
    return [copy for copy in last if copy.state == Delivery.State.BOUNCED and copy.address.lower() in known]


def _known(organization: Organization) -> set[str]:
    members = Membership.objects.filter(organization=organization, user__is_active=True)
    addresses = [*members.values_list("user__email", flat=True)]
    addresses += organization.extra_addresses.values_list("address", flat=True)
    return {address.lower() for address in addresses}
