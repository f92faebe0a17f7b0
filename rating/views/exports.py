"""The calls of the Usage page as a file."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from rating import exports, listing
from rating.forms import UsageFilter
from rating.views.usage import sees_numbers
from subscriptions.permissions import Action, OrganizationRequest, required
from subscriptions.views.files import csv_file


@required(Action.VIEW)
def usage_csv(request: OrganizationRequest, slug: str) -> HttpResponseBase:
    """The calls that the address asks for, as a PSTN usage export; a filter that makes no sense goes to the page."""
    organization, numbers = request.organization, sees_numbers(request.membership)
    form = UsageFilter(request.GET, numbers=numbers)
    if not form.is_valid():
        return redirect(f"../?{request.GET.urlencode()}")
    wanted = form.wanted(zone=organization.zone, now=timezone.now())
    found = listing.calls(organization, wanted, numbers=numbers)
    lines = exports.usage(found, currency=organization.currency, numbers=numbers)
    return csv_file(lines, f"usage-{slug}-{wanted.since.astimezone(organization.zone):%Y-%m-%d}.csv")
