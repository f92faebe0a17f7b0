"""Communications Credits > Credit lots: every lot there is or was, as a page and as a file."""

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from credits import lot_list
from credits.models import Account, Lot
from credits.report_filters import LotFilter
from credits.views import page
from subscriptions import permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import keyset
from subscriptions.views.files import csv_file
from subscriptions.views.keyset import Page

#: Lots on a page: each takes nearly as much room as two lines of other lists.
_ROWS: Final = 25


@permissions.required(Action.VIEW)
@require_safe
def lots(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The lots that the address asks for, the newest first; a filter that makes no sense is answered at its field."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    form = LotFilter(request.GET)
    context: dict[str, Any] = {"account": account, "form": form}
    if form.is_valid():
        shown, context["newer_url"], context["older_url"] = _page(
            lot_list.lots(account, is_open=form.is_open()), request.GET
        )
        context["rows"] = [lot_list.row(account, lot, now=now) for lot in shown]
    context["may_add_funds"] = permissions.may(request.membership, Action.ADD_FUNDS)
    return page.show(request, "lots", context)


@permissions.required(Action.VIEW)
@require_safe
def lots_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The same as a file; a filter that makes no sense goes to the page."""
    now = timezone.now()
    account: Account = page.account_of(request, now=now)
    form = LotFilter(request.GET)
    if not form.is_valid():
        return redirect(f"../?{request.GET.urlencode()}")
    found = lot_list.lots(account, is_open=form.is_open())
    return csv_file(lot_list.as_csv(account, found, now=now), f"lots-{slug}.csv")


def _page(found: QuerySet[Lot], asked: QueryDict) -> tuple[list[Lot], str, str]:
    """The lots of the page and the addresses of its neighbours, newer and older."""
    before, behind = keyset.place(asked.get("newer", "")), keyset.place(asked.get("older", ""))
    limit = _ROWS + 1
    if before is not None:
        rows = lot_list.newer(found, before, limit=limit)
    elif behind is not None:
        rows = lot_list.older(found, behind, limit=limit)
    else:
        rows = lot_list.newest_first(found, limit=limit)
    moved = before is not None or behind is not None
    shown: Page[Lot] = keyset.page(rows, backwards=before is not None, moved=moved, size=_ROWS)
    first, last = (shown.rows[end].pk if shown.rows else 0 for end in (0, -1))
    newer_url = keyset.address(asked, newer=str(first)) if shown.has_before and first else ""
    return shown.rows, newer_url, keyset.address(asked, older=str(last)) if shown.has_after and last else ""
