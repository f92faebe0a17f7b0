"""What the shell of every page shows: the person's organizations, and whether calls are stopped."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from credits import standing
from subscriptions.models import Membership, Organization


@dataclass(frozen=True, slots=True)
class Banner:
    """What the shell says of an account: that calls are stopped (then it shows the banner), and the balance."""

    blocked: bool
    amount: Decimal
    currency: str


def shell(request: HttpRequest) -> dict[str, Any]:
    """`memberships` of the signed-in person, `standing` of the organization whose page this is.

    Either is absent where there is none: before sign-in, on error pages, and where middleware has not run.
    """
    found: dict[str, Any] = {}
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated:
        found["memberships"] = memberships_of(person)
    organization: Organization | None = getattr(request, "organization", None)
    if organization is not None and (banner := _banner(organization, now=timezone.now())) is not None:
        found["standing"] = banner
    return found


def memberships_of(person: Any) -> QuerySet[Membership]:
    """The signed-in person's memberships with their organizations, by name; not read before something lists them."""
    members = Membership.objects.filter(user_id=person.pk).select_related("organization")
    return members.order_by("organization__name", "pk")


def _banner(organization: Organization, *, now: datetime) -> Banner | None:
    read = standing.of(organization, now=now)
    return None if read is None else Banner(read.alarming, read.balance, read.currency)
