"""Reports > Usage: the calls, what they come to, and what still waits."""

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from credits.views import keyset
from credits.views.keyset import Page
from rating import listing
from rating.forms import UsageFilter
from rating.models import UsageRecord
from subscriptions.models import Membership
from subscriptions.permissions import Action, OrganizationRequest, required

#: Rows that could not be read, shown in full; the operator has all of them.
_SET_ASIDE: Final = 10


def sees_numbers(membership: Membership) -> bool:
    """If the member sees telephone numbers whole. Readers see them masked, and cannot search them."""
    return Membership.Role(membership.role) != Membership.Role.READER


@required(Action.VIEW)
def usage(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The calls that the address asks for; a filter that makes no sense is answered at its field."""
    numbers = sees_numbers(request.membership)
    form = UsageFilter(request.GET, numbers=numbers)
    context: dict[str, Any] = {
        "form": form,
        "numbers": numbers,
        "last_file": listing.last_file(request.organization),
        "set_aside": listing.set_aside(request.organization, limit=_SET_ASIDE),
    }
    if form.is_valid():
        wanted = form.wanted(zone=request.organization.zone, now=timezone.now())
        found = listing.calls(request.organization, wanted, numbers=numbers)
        context |= {"wanted": wanted, "totals": listing.totals(found), **_page(found, request.GET)}
    with timezone.override(request.organization.zone):
        return render(request, "rating/usage.html", context)


def _page(found: QuerySet[UsageRecord], asked: QueryDict) -> dict[str, Any]:
    """The rows of the page and the addresses of its neighbours."""
    place, back = _place(asked)
    limit = keyset.SIZE + 1
    if place is None:
        rows = listing.newest_first(found, limit=limit)
    else:
        rows = (listing.newer if back else listing.older)(found, place, limit=limit)
    page: Page[UsageRecord] = keyset.page(rows, backwards=back, moved=place is not None)
    first, last = (listing.cursor_of(page.rows[end]) if page.rows else None for end in (0, -1))
    return {
        "records": page.rows,
        "newer_url": keyset.address(asked, newer=str(first)) if page.has_before and first else "",
        "older_url": keyset.address(asked, older=str(last)) if page.has_after and last else "",
    }


def _place(asked: QueryDict) -> tuple[listing.Cursor | None, bool]:
    """Where the page begins, and whether it is read backwards; what makes no sense is the first page."""
    if (place := listing.cursor_from(asked.get("newer", ""))) is not None:
        return place, True
    return listing.cursor_from(asked.get("older", "")), False
