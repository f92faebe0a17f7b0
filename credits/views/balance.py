"""Reports > Balance: the balance by day, as a plot, a table and a file; and the card that renews itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from credits import balance_card, balance_history, balance_plots, balance_report, outlook
from credits.balance_history import Day
from credits.balance_report import Row
from credits.models import Account
from credits.report_filters import BalanceFilter
from credits.views import page
from subscriptions import permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import keyset
from subscriptions.views.files import csv_file

#: Days on a page of the table.
_ROWS: Final = 31


@permissions.required(Action.VIEW)
@require_safe
def balance(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The days that the address asks for; a period that makes no sense is answered at its field."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    form = BalanceFilter(request.GET)
    context: dict[str, Any] = {"account": account, "form": form}
    if form.is_valid():
        days = _days(account, form, now=now)
        context |= {"days": days, **(_shown(account, days, request) if days else {})}
    return page.show(request, "balance", context)


@permissions.required(Action.VIEW)
@require_safe
def balance_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The same as a file; a period that makes no sense goes to the page."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    form = BalanceFilter(request.GET)
    if not form.is_valid():
        return redirect(f"../?{request.GET.urlencode()}")
    return csv_file(balance_report.as_csv(account, _days(account, form, now=now)), f"balance-{slug}.csv")


@permissions.required(Action.VIEW)
@require_safe
def balance_news(request: OrganizationRequest, slug: str) -> HttpResponse:
    """204 while nothing has changed since the card of `seen`; else the card anew. For scripts; others get the page."""
    if not request.headers.get("HX-Request"):
        return redirect("credits:overview", slug)
    now = timezone.now()
    account = page.account_of(request, now=now)
    card, seen = balance_card.of(account, now=now), request.GET.get("seen", "")
    if card.token == seen:
        return HttpResponse(status=204)
    context = {"card": card, "outlook": outlook.of(account, None, now=now, cards=()), "moved": card.has_moved(seen)}
    return page.show(request, "parts/balance_news", context)


def _days(account: Account, form: BalanceFilter, *, now: datetime) -> list[Day]:
    zone = account.organization.zone
    since, until = form.period(today=now.astimezone(zone).date())
    return balance_history.days(account, since=since, until=until, zone=zone, now=now)


def _shown(account: Account, days: Sequence[Day], request: OrganizationRequest) -> dict[str, Any]:
    """The plot and the sum of all days; in the table the newest, or those before the day that the address names."""
    rows = balance_report.shown_rows(days, account.currency)
    named = request.GET.get("older", "")
    end = next((place for place, row in enumerate(rows) if row.day.isoformat() == named), len(rows))
    start = max(0, end - _ROWS)
    return {
        "plot": balance_plots.by_day(account, days),
        "whole": balance_report.shown_rows([balance_history.total(days)], account.currency)[0],
        "rows": rows[start:end][::-1],
        "newer_url": _before(rows, end + _ROWS, request) if end < len(rows) else "",
        "older_url": _before(rows, start, request) if start else "",
    }


def _before(rows: Sequence[Row], place: int, request: OrganizationRequest) -> str:
    """The address of the page that ends before that place; the newest, when nothing is there."""
    if place >= len(rows):
        return keyset.address(request.GET)
    return keyset.address(request.GET, older=rows[place].day.isoformat())
