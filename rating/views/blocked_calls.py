"""Reports > Blocked calls: what was refused before it began, and why."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from rating import listing, refused
from rating.forms import BlockedFilter
from rating.models import BlockedCall
from rating.views.usage import sees_numbers
from subscriptions.permissions import Action, OrganizationRequest, required
from subscriptions.views import keyset
from subscriptions.views.files import csv_file
from subscriptions.views.keyset import Page


@required(Action.VIEW)
def blocked_calls(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The refused calls that the address asks for; a filter that makes no sense is answered at its field."""
    form = BlockedFilter(request.GET)
    context: dict[str, Any] = {"form": form, "numbers": sees_numbers(request.membership)}
    if form.is_valid():
        context |= _page(_wanted(request, form), request.GET)
    with timezone.override(request.organization.zone):
        return render(request, "rating/blocked_calls.html", context)


@required(Action.VIEW)
def blocked_calls_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The same as a file; a filter that makes no sense goes to the page."""
    form = BlockedFilter(request.GET)
    if not form.is_valid():
        return redirect(f"../?{request.GET.urlencode()}")
    zone, numbers = request.organization.zone, sees_numbers(request.membership)
    lines = refused.as_csv(_wanted(request, form), numbers=numbers, zone=zone)
    return csv_file(lines, f"blocked-calls-{slug}.csv")


def _wanted(request: OrganizationRequest, form: BlockedFilter) -> QuerySet[BlockedCall]:
    since, until = form.span(zone=request.organization.zone, now=timezone.now())
    return refused.calls(request.organization, since, until, reason=form.cleaned_data["reason"])


def _page(found: QuerySet[BlockedCall], asked: QueryDict) -> dict[str, Any]:
    """The rows of the page and the addresses of its neighbours."""
    newer, older = (listing.cursor_from(asked.get(name, "")) for name in ("newer", "older"))
    place = newer or older
    limit = keyset.SIZE + 1
    if place is None:
        rows = refused.newest_first(found, limit=limit)
    else:
        rows = (refused.newer if newer else refused.older)(found, place, limit=limit)
    page: Page[BlockedCall] = keyset.page(rows, backwards=newer is not None, moved=place is not None)
    first, last = (refused.cursor_of(page.rows[end]) if page.rows else None for end in (0, -1))
    return {
        "calls": page.rows,
        "newer_url": keyset.address(asked, newer=str(first)) if page.has_before and first else "",
        "older_url": keyset.address(asked, older=str(last)) if page.has_after and last else "",
        "query": asked.urlencode(),
    }
