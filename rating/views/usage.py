"""Reports > Usage: the calls, what they come to, and what still waits."""

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from rating import listing, overview, patience, usage_drawings
from rating.forms import UsageFilter
from rating.listing import Wanted
from rating.models import UsageRecord
from rating.overview import Overview
from rating.patience import TookTooLong
from rating.views import presets
from subscriptions.models import Membership, Organization
from subscriptions.permissions import Action, OrganizationRequest, required
from subscriptions.views import keyset
from subscriptions.views.keyset import Page

#: Calls on a page: more would make it heavy, since each has nine cells.
ROWS: Final = 25
#: Rows that could not be read, shown in full; the operator has all of them.
_SET_ASIDE: Final = 10
#: How long each statement of a page may take, in milliseconds: a rare call among millions is not worth more.
_PATIENCE: Final = 5_000
#: The same for the people, whom the page can do without.
_PATIENCE_WITH_PEOPLE: Final = 1_500


def sees_numbers(membership: Membership) -> bool:
    """If the member sees telephone numbers whole. Readers see them masked, and cannot search them."""
    return Membership.Role(membership.role) != Membership.Role.READER


@required(Action.VIEW)
def usage(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The calls that the address asks for; a filter that makes no sense is answered at its field."""
    organization, now = request.organization, timezone.now()
    form = UsageFilter(request.GET, numbers=sees_numbers(request.membership))
    file = listing.last_file(organization)
    context: dict[str, Any] = {
        "form": form,
        "numbers": sees_numbers(request.membership),
        "last_file": file,
        "complete_until": listing.complete_until(organization),
        "set_aside": listing.set_aside(organization, limit=_SET_ASIDE),
        "presets": presets.of(request.GET, today=now.astimezone(organization.zone).date()),
    }
    if form.is_valid():
        context |= _answer(request, form.wanted(zone=organization.zone, now=now))
    with timezone.override(organization.zone):
        return render(request, "rating/usage.html", context)


def _answer(request: OrganizationRequest, wanted: Wanted) -> dict[str, Any]:
    """What was found; or that it takes too long, as a number or a rare end of calls may among millions."""
    try:
        return _found(request, wanted)
    except TookTooLong:
        return {"took_too_long": True}


def _found(request: OrganizationRequest, wanted: Wanted) -> dict[str, Any]:
    """The figures, the drawings, and the page of calls."""
    organization, numbers = request.organization, sees_numbers(request.membership)
    with patience.within(_PATIENCE):
        come_to = overview.of(organization, wanted, numbers=numbers)
        page = _page(listing.calls(organization, wanted, numbers=numbers), request.GET)
    return {
        "wanted": wanted,
        "totals": come_to.totals,
        "is_whole": come_to.is_whole,
        "over_time": usage_drawings.over_time(come_to, organization.currency),
        "where": usage_drawings.where(come_to, organization.currency),
        "who": _who(organization, wanted, come_to, numbers=numbers),
        **page,
    }


def _who(organization: Organization, wanted: Wanted, come_to: Overview, *, numbers: bool) -> usage_drawings.Who | None:
    """Whose calls cost most, if that is not one person's list, and if it can be counted in time."""
    if wanted.upn or not come_to.totals.charge or come_to.totals.calls > overview.MOST:
        return None
    try:
        with patience.within(_PATIENCE_WITH_PEOPLE):
            found = overview.callers(organization, wanted, numbers=numbers, limit=usage_drawings.TOP)
    except TookTooLong:
        return None
    return usage_drawings.who(found, organization.currency)


def _page(found: QuerySet[UsageRecord], asked: QueryDict) -> dict[str, Any]:
    """The rows of the page and the addresses of its neighbours."""
    place, back = _place(asked)
    limit = ROWS + 1
    if place is None:
        rows = listing.newest_first(found, limit=limit)
    else:
        rows = (listing.newer if back else listing.older)(found, place, limit=limit)
    page: Page[UsageRecord] = keyset.page(rows, backwards=back, moved=place is not None, size=ROWS)
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
