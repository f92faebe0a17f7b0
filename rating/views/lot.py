"""Communications Credits > Credit lots > a lot: what became of it, and the calls it paid for."""

from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from credits import lot_list, plots
from credits.models import Lot
from rating import lot_lines
from rating.views.usage import sees_numbers
from subscriptions.permissions import Action, OrganizationRequest, required
from subscriptions.templatetags.money import money
from subscriptions.views import keyset
from subscriptions.views.files import csv_file
from subscriptions.views.keyset import Page

#: Entries on a page.
_ROWS: Final = 40


@required(Action.VIEW)
@require_safe
def lot(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """One lot of the organization with a page of its entries; lots of others are not found."""
    found = _lot(request, pk)
    row = lot_list.row(found.account, found, now=timezone.now())
    context = {"row": row, "lot": found, "account": found.account, "shares": _shares(row, found.account.currency)}
    context |= {"numbers": sees_numbers(request.membership), **_page(found, request.GET)}
    with timezone.override(request.organization.zone):
        return render(request, "rating/lot.html", context)


@required(Action.VIEW)
@require_safe
def lot_csv(request: OrganizationRequest, slug: str, pk: int) -> HttpResponseBase:
    """All entries of the lot as a file."""
    found = _lot(request, pk)
    return csv_file(lot_lines.as_csv(found, numbers=sees_numbers(request.membership)), f"lot-{slug}-{pk}.csv")


def _lot(request: OrganizationRequest, pk: int) -> Lot:
    lots = Lot.objects.filter(account__organization=request.organization)
    found = get_object_or_404(
        lots.select_related("account", "payment__method").prefetch_related("payment__receipts"), pk=pk
    )
    found.account.organization = request.organization
    return found


def _shares(row: lot_list.LotRow, currency: str) -> plots.Svg:
    """The whole lot as a bar of what became of it."""
    lot = row.lot
    parts = [
        (_("Used"), row.used, "plot-1"),
        (_("Expired"), lot.expired, "plot-gone"),
        (_("Taken back"), lot.voided, "plot-2"),
        (_("Left"), lot.remaining, "plot-left"),
    ]
    said = ", ".join(f"{label} {money(amount, currency)}" for label, amount, _kind in parts if amount)
    title = _("What became of the lot")
    return plots.shares(
        [(amount, kind) for _label, amount, kind in parts], name="shares", title=title, description=said
    )


def _page(found: Lot, asked: QueryDict) -> dict[str, Any]:
    """The lines of the page and the addresses of its neighbours."""
    before, behind = keyset.place(asked.get("newer", "")), keyset.place(asked.get("older", ""))
    limit = _ROWS + 1
    if before is not None:
        lines = lot_lines.newer(found, before, limit=limit)
    elif behind is not None:
        lines = lot_lines.older(found, behind, limit=limit)
    else:
        lines = lot_lines.newest_first(found, limit=limit)
    moved = before is not None or behind is not None
    shown: Page[lot_lines.Line] = keyset.page(lines, backwards=before is not None, moved=moved, size=_ROWS)
    first, last = (shown.rows[end].entry.pk if shown.rows else 0 for end in (0, -1))
    return {
        "lines": shown.rows,
        "newer_url": keyset.address(asked, newer=str(first)) if shown.has_before and first else "",
        "older_url": keyset.address(asked, older=str(last)) if shown.has_after and last else "",
    }
