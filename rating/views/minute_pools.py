"""Reports > Minute pools: what the plans bring in a month, and how much of it is used."""

from datetime import UTC, date
from typing import Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rating import reports, usage_drawings, words
from rating.reports import PoolRow
from rating.views import months as picker
from subscriptions import csv_export
from subscriptions.permissions import Action, OrganizationRequest, required
from subscriptions.views.files import csv_file

_COLUMNS: Final = (
    _("Country or region"),
    _("Capability description"),
    _("Calls"),
    _("Total minutes"),
    _("Minutes used"),
    _("Kept for live calls"),
    _("Minutes available"),
    _("Percent used"),
    _("Capability"),
)


@required(Action.VIEW)
def minute_pools(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The pools of the month that the address names, or of this one."""
    months = _months()
    month = picker.chosen(months, request.GET.get("month", ""))
    rows = reports.minute_pools(request.organization, month=month)
    context = {
        "rows": rows,
        "plot": usage_drawings.pools(rows),
        "month": month,
        "months": months,
        "used_up": sum(row.is_used_up for row in rows),
        "low": sum(row.is_low for row in rows),
    }
    return render(request, "rating/minute_pools.html", context)


@required(Action.VIEW)
def minute_pools_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The same as a file."""
    month = picker.chosen(_months(), request.GET.get("month", ""))
    rows = reports.minute_pools(request.organization, month=month)
    return csv_file(csv_export.lines(_COLUMNS, map(_fields, rows)), f"minute-pools-{slug}-{month:%Y-%m}.csv")


def _months() -> list[date]:
    """Minutes are counted by UTC months."""
    return picker.newest_first(timezone.now().astimezone(UTC).date())


def _fields(row: PoolRow) -> tuple[object, ...]:
    return (
        words.pool_place(row.location),
        row.description,
        words.COUNTERS[row.counter],
        row.total,
        row.used,
        row.held,
        row.available,
        None if row.total is None else row.percent,
        row.capability,
    )
