"""Billing > Bills & payments: every payment, as a page and as a file, and its receipts."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from credits import bills, receipt_pdf
from credits.filters import PaymentFilter
from credits.models import Payment
from credits.views import page
from subscriptions import permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import keyset
from subscriptions.views.files import csv_file
from subscriptions.views.keyset import Page


@permissions.required(Action.VIEW)
@require_safe
def payments(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The payments that the address asks for; a filter that makes no sense is answered at its field."""
    account = page.account_of(request, now=timezone.now())
    form = PaymentFilter(request.GET)
    context: dict[str, Any] = {
        "form": form,
        "keepers": permissions.keepers(request, Action.CHANGE_BILLING),
        "may_add_funds": permissions.may(request.membership, Action.ADD_FUNDS),
    }
    if form.is_valid():
        found = bills.payments(account, form.wanted(zone=request.organization.zone))
        context |= _page(found, request.GET)
    return page.show(request, "bills", context)


@permissions.required(Action.VIEW)
@require_safe
def payments_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The same as a file; a filter that makes no sense goes to the page."""
    account = page.account_of(request, now=timezone.now())
    form = PaymentFilter(request.GET)
    if not form.is_valid():
        return redirect(f"../?{request.GET.urlencode()}")
    found = bills.payments(account, form.wanted(zone=request.organization.zone))
    return csv_file(bills.as_csv(found, zone=request.organization.zone), f"payments-{slug}.csv")


@permissions.required(Action.VIEW)
@require_safe
def receipt(request: OrganizationRequest, slug: str, number: int) -> HttpResponse:
    """A receipt or a credit note as a PDF, in the language of the person."""
    account = page.account_of(request, now=timezone.now())
    found = get_object_or_404(account.issued, number=number)
    body = receipt_pdf.render(found, get_language() or "en")
    name = receipt_pdf.name_of(found, slug)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(body, content_type="application/pdf", headers=headers)


def _page(found: QuerySet[Payment], asked: QueryDict) -> dict[str, Any]:
    """The rows of the page in the order asked for, the addresses of its neighbours, and those of the other orders."""
    before, behind = keyset.place(asked.get("newer", "")), keyset.place(asked.get("older", ""))
    limit, sort = keyset.SIZE + 1, asked.get("sort", "")
    order = bills.ORDERS.get(sort) or bills.ORDERS["newest"]
    if before is not None:
        rows = order.before(found, before, limit=limit)
    elif behind is not None:
        rows = order.behind(found, behind, limit=limit)
    else:
        rows = order.first(found, limit=limit)
    moved = before is not None or behind is not None
    shown: Page[Payment] = keyset.page(rows, backwards=before is not None, moved=moved)
    first, last = (shown.rows[end].pk if shown.rows else 0 for end in (0, -1))
    return {
        "payments": shown.rows,
        "newer_url": keyset.address(asked, newer=str(first)) if shown.has_before and first else "",
        "older_url": keyset.address(asked, older=str(last)) if shown.has_after and last else "",
        "sorted": sort if sort in bills.ORDERS else "newest",
        "sorts": {name: _sorted(asked, name) for name in bills.ORDERS},
    }


def _sorted(asked: QueryDict, name: str) -> str:
    """The same list from its beginning in another order."""
    query = asked.copy()
    query["sort"] = name
    return keyset.address(query)
