"""What the shell of every page shows: the person's organizations, the navigation, and whether calls are stopped."""

from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from config import navigation
from credits import standing
from notifications.models import Notice
from subscriptions.models import Membership, Organization
from subscriptions.permissions import Action, may

#: The bell counts no further: above it says "9+".
MOST_NEWS: Final = 9


def shell(request: HttpRequest) -> dict[str, Any]:
    """`memberships` of the signed-in person; of the organization whose page this is, `standing`, `may_add_funds`, and
    what its `navigation` opens to this member.

    Each is absent where there is none: before sign-in, on error pages, and where middleware has not run.
    """
    found: dict[str, Any] = {}
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated:
        found["memberships"] = memberships_of(person)
    organization: Organization | None = getattr(request, "organization", None)
    membership: Membership | None = getattr(request, "membership", None)
    if organization is not None and membership is not None:
        view = request.resolver_match.view_name if request.resolver_match else ""
        found["standing"] = standing.of(organization, now=timezone.now())
        found["may_add_funds"] = may(membership, Action.ADD_FUNDS)
        found["navigation"] = navigation.shown(organization.slug, membership, view=view)
        found["most_news"] = MOST_NEWS
    return found


def memberships_of(person: Any) -> QuerySet[Membership]:
    """The signed-in person's memberships with their organizations, by name; not read before something lists them.

    Each has `news`: the notices that are new to this person, at most one more than the bell counts.
    """
    new = Notice.objects.filter(
        organization=OuterRef("organization"),
        created_at__gt=Coalesce(OuterRef("notices_seen_at"), OuterRef("created_at")),
        withdrawn_at=None,
    )
    members = Membership.objects.filter(user_id=person.pk).select_related("organization")
    members = members.annotate(news=ArraySubquery(new.order_by("-pk").values("pk")[: MOST_NEWS + 1]))
    return members.order_by("organization__name", "pk")
