"""What the shell of every page shows: the person's organizations, and whether calls are stopped."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from credits import standing
from subscriptions.models import Membership, Organization
from subscriptions.permissions import Action, may


def shell(request: HttpRequest) -> dict[str, Any]:
    """`memberships` of the signed-in person; `standing` and `may_add_funds` of the organization whose page this is.

    Each is absent where there is none: before sign-in, on error pages, and where middleware has not run.
    """
    found: dict[str, Any] = {}
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated:
        found["memberships"] = memberships_of(person)
    organization: Organization | None = getattr(request, "organization", None)
    membership: Membership | None = getattr(request, "membership", None)
    if organization is not None and membership is not None:
        found["standing"] = standing.of(organization, now=timezone.now())
        found["may_add_funds"] = may(membership, Action.ADD_FUNDS)
    return found


def memberships_of(person: Any) -> QuerySet[Membership]:
    """The signed-in person's memberships with their organizations, by name; not read before something lists them."""
    members = Membership.objects.filter(user_id=person.pk).select_related("organization")
    return members.order_by("organization__name", "pk")
