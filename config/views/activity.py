"""Settings > Activity: who did what, as a page and as a file."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config import activities
from config.forms import ActivityFilter
from rating import listing
from subscriptions.models import Activity, Organization
from subscriptions.permissions import Action, OrganizationRequest, required
from subscriptions.views import keyset
from subscriptions.views.files import csv_file
from subscriptions.views.keyset import Page


@required(Action.VIEW)
@require_safe
def activity(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The activities that the address asks for; a filter that makes no sense is answered at its field."""
    form = ActivityFilter(request.GET, people=activities.people(request.organization))
    context: dict[str, Any] = {"form": form}
    with timezone.override(request.organization.zone):
        if form.is_valid():
            found = activities.wanted_of(request.organization, form.wanted(zone=request.organization.zone))
            context |= _page(found, request.organization, request.GET)
        return render(request, "home/activities.html", context)


@required(Action.VIEW)
@require_safe
def activity_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The same as a file; a filter that makes no sense goes to the page."""
    form = ActivityFilter(request.GET, people=activities.people(request.organization))
    if not form.is_valid():
        return redirect(f"../?{request.GET.urlencode()}")
    found = activities.wanted_of(request.organization, form.wanted(zone=request.organization.zone))
    return csv_file(activities.as_csv(found, request.organization), f"activity-{slug}.csv")


def _page(found: QuerySet[Activity], organization: Organization, asked: QueryDict) -> dict[str, Any]:
    """The lines of the page and the addresses of its neighbours; a place that makes no sense is the first page."""
    before, behind = (listing.cursor_from(asked.get(name, "")) for name in ("newer", "older"))
    limit = keyset.SIZE + 1
    if before is not None:
        rows = activities.newer(found, before, limit=limit)
    elif behind is not None:
        rows = activities.older(found, behind, limit=limit)
    else:
        rows = activities.newest_first(found, limit=limit)
    moved = before is not None or behind is not None
    page: Page[Activity] = keyset.page(rows, backwards=before is not None, moved=moved)
    first, last = (str(activities.cursor_of(page.rows[end])) if page.rows else "" for end in (0, -1))
    return {
        "lines": activities.lines(page.rows, organization),
        "newer_url": keyset.address(asked, newer=first) if page.has_before and first else "",
        "older_url": keyset.address(asked, older=last) if page.has_after and last else "",
    }
