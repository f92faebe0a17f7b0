"""Reports > Dial-out: what the conferences of each organizer cost, to forecast the credits that are needed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rating import reports
from rating.reports import DialOut
from rating.views import months as picker
from subscriptions import csv_export, periods
from subscriptions.models import Organization
from subscriptions.permissions import Action, OrganizationRequest, required
from subscriptions.views.files import csv_file

#: Organizers on the page, the dearest first; the file has all of them.
_SHOWN: Final = 50
_COLUMNS: Final = (
    _("Organizer"),
    _("UPN"),
    _("Dial-out calls"),
    _("Minutes of use"),
    _("Credits spent"),
    _("Currency"),
)


@required(Action.VIEW)
def dial_out(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The organizers of the month that the address names, or of this one; months are those of the organization."""
    months = _months(request.organization)
    month = picker.chosen(months, request.GET.get("month", ""))
    found = _found(request.organization, month)
    context = {
        "rows": found[:_SHOWN],
        "more": max(0, len(found) - _SHOWN),
        "totals": reports.dial_out_in_all(found),
        "month": month,
        "last_day": periods.add_months(month, 1) - timedelta(days=1),
        "months": months,
    }
    return render(request, "rating/dial_out.html", context)


@required(Action.VIEW)
def dial_out_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """All organizers as a file."""
    month = picker.chosen(_months(request.organization), request.GET.get("month", ""))
    rows = map(_fields, _found(request.organization, month))
    return csv_file(csv_export.lines(_COLUMNS, rows), f"dial-out-{slug}-{month:%Y-%m}.csv")


def _months(organization: Organization) -> list[date]:
    return picker.newest_first(timezone.now().astimezone(organization.zone).date())


def _found(organization: Organization, month: date) -> list[DialOut]:
    since, until = (
        datetime.combine(day, time.min, tzinfo=organization.zone).astimezone(UTC)
        for day in (month, periods.add_months(month, 1))
    )
    return reports.dial_out_by_organizer(organization, since, until)


def _fields(row: DialOut) -> tuple[object, ...]:
    person = row.organizer
    name, upn = (person.display_name, person.upn) if person else ("", "")
    return name, upn, row.calls, row.minutes, row.spent, row.currency
