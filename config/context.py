"""What the shell of every page shows: the person's organizations, and whether calls are stopped."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from credits import standing
from subscriptions.models import Membership, Organization


def shell(request: HttpRequest) -> dict[str, Any]:
    """`memberships` of the signed-in person, `standing` of the organization whose page this is.

    Either is absent where there is none: before sign-in, on error pages, and where middleware has not run.
    """
    found: dict[str, Any] = {}
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated:
        # Not read before a page lists them.
        members = Membership.objects.filter(user_id=person.pk).select_related("organization")
        found["memberships"] = members.order_by("organization__name", "pk")
    organization: Organization | None = getattr(request, "organization", None)
    if organization is not None:
        found["standing"] = standing.of(organization, now=timezone.now())
    return found
