"""Reports > Minute pools: what the plans bring in a month, and how much of it is used."""

from datetime import date, datetime
from typing import Final

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credits import csv_export
from credits.views.files import csv_file
from rating import reports, words
from rating.reports import PoolRow
from subscriptions import periods
from subscriptions.permissions import Action, OrganizationRequest, required

#: As long as calls are taken at all (decision: age), and the month that has begun.
_MONTHS: Final = 14
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
def minute_pools(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The pools of the month that the address names, or of this one; `format=csv` makes a file of them."""
    months = _months(timezone.now())
    month = next((one for one in months if f"{one:%Y-%m}" == request.GET.get("month")), months[0])
    rows = reports.minute_pools(request.organization, month=month)
    if request.GET.get("format") == "csv":
        return csv_file(csv_export.lines(_COLUMNS, map(_fields, rows)), f"minute-pools-{slug}-{month:%Y-%m}.csv")
    context = {
        "rows": rows,
        "month": month,
        "months": months,
        "used_up": sum(row.is_used_up for row in rows),
        "low": sum(row.is_low for row in rows),
    }
    return render(request, "rating/minute_pools.html", context)


def _months(now: datetime) -> list[date]:
    """The months one can ask for, the newest first; minutes are counted by UTC months."""
    this = periods.utc_month(now)
    return [periods.add_months(this, -back) for back in range(_MONTHS)]


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
