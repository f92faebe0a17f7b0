"""Reports > Usage > a call: why it cost what it did."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from rating import explaining
from rating.views.usage import sees_numbers
from subscriptions.permissions import Action, OrganizationRequest, required


@required(Action.VIEW)
def call(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """One call of the organization with its explanation; calls of others are not found."""
    calls = request.organization.usage_records.select_related("subscriber", "organization", "journal")
    record = get_object_or_404(calls, pk=pk)
    explanation = explaining.of(record, numbers=sees_numbers(request.membership))
    with timezone.override(request.organization.zone):
        return render(request, "rating/call.html", {"explanation": explanation, "record": record})
