"""The details that stand on receipts: bill-to address, tax number, purchase-order number."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from subscriptions import billing, permissions
from subscriptions.forms import BillingForm
from subscriptions.permissions import Action, OrganizationRequest


@permissions.required(Action.CHANGE_BILLING)
def billing_details(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Ask for them, and keep them for the receipts to come."""
    if request.method != "POST":
        form = BillingForm(initial=asdict(billing.details_of(request.organization)))
        return render(request, "subscriptions/billing_details.html", {"form": form})
    form = BillingForm(request.POST)
    if not form.is_valid():
        return render(request, "subscriptions/billing_details.html", {"form": form})
    billing.change_details(request.organization, form.details(), actor=request.user, now=timezone.now())
    messages.success(request, _("The billing details were saved."))
    return redirect("credits:bills", slug)
