"""What can be subscribed to, and which licence a feature needs."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from subscriptions import licences, licensing, offers, permissions
from subscriptions.permissions import Action, OrganizationRequest


@permissions.required(Action.VIEW)
def plans(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Add subscriptions: plans and pricing, and what the organization has of them."""
    context = {
        "shelves": offers.shelves(request.organization, at=timezone.now()),
        "may_add_funds": permissions.may(request.membership, Action.ADD_FUNDS),
    }
    return render(request, "subscriptions/plans.html", context)


@permissions.required(Action.VIEW)
def licensing_table(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Which licences each feature needs, and whether somebody here has them."""
    holdings = licences.holdings(request.organization, at=timezone.now())
    return render(request, "subscriptions/licensing.html", {"topics": licensing.table(holdings)})
