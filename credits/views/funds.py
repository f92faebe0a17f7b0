"""Add funds: form, review, order, and the page on which a payment's fate is read."""

import uuid
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from credits import figures, limits, payments
from credits.forms import AddFundsForm, OrderForm, first_funds
from credits.models import Account, Lot, Payment
from credits.views import page
from subscriptions import doorbell, periods, permissions
from subscriptions.permissions import Action, OrganizationRequest

#: What a payment's state comes to for the person who waits for it.
_STAGES: Final = {
    Payment.State.UNKNOWN: "unknown",
    Payment.State.SUCCEEDED: "succeeded",
    Payment.State.FAILED: "failed",
    Payment.State.CANCELLED: "failed",
}


@permissions.required(Action.ADD_FUNDS)
def add_funds(request: OrganizationRequest, slug: str) -> HttpResponse:
    """How much, and by which card; the next page repeats it."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    if request.method != "POST":
        asked = first_funds(account, amount=request.GET.get("amount", ""), method=request.GET.get("method", ""))
        return _ask(request, AddFundsForm(account=account, initial=asked), now=now)
    form = AddFundsForm(request.POST, account=account)
    if not form.is_valid():
        return _ask(request, form, now=now)
    chosen = {"amount": form.cleaned_data["amount"], "method": form.cleaned_data["method"].pk}
    return redirect(f"{reverse('credits:review_funds', args=[slug])}?{urlencode(chosen)}")


@permissions.required(Action.ADD_FUNDS)
@require_safe
def review_funds(request: OrganizationRequest, slug: str) -> HttpResponse:
    """All of it again, under a key minted now: however often this page is sent, it is one order."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    form = AddFundsForm(request.GET, account=account)
    if not form.is_valid():
        return _ask(request, form, now=now)
    order = OrderForm(initial={**form.cleaned_data, "key": uuid.uuid4()}, account=account)
    chosen = form.cleaned_data
    return page.show(
        request,
        "review_funds",
        {"form": order, "account": account, **chosen, "expires_on": _expires_on(account, now=now)},
    )


@permissions.required(Action.ADD_FUNDS)
@require_POST
def place_order(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Store the order and let the worker charge the card; the payment's page tells what becomes of it."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    form = OrderForm(request.POST, account=account)
    if not form.is_valid():
        messages.error(request, _("This order could not be placed. Please check it and start again."))
        return _ask(request, AddFundsForm(request.POST, account=account), now=now, status=400)
    try:
        payment = payments.place_order(account, **form.cleaned_data, actor=request.user, now=now)
    except (payments.NotOurs, limits.OutsideLimits):
        messages.error(request, _("This order could not be placed. Please check it and start again."))
        return redirect("credits:add_funds", slug)
    except payments.AnotherInFlight as error:
        messages.warning(request, _("This payment is still on its way. Nothing else was ordered."))
        payment = error.payment
    doorbell.ring("credits.charge_due")
    return redirect("credits:payment", slug, payment.key)


@permissions.required(Action.VIEW)
@require_safe
def payment(request: OrganizationRequest, slug: str, key: uuid.UUID) -> HttpResponse:
    """What became of a payment. While it is on its way the page asks again, and changes only when there is news."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    shown = get_object_or_404(account.payments.select_related("method", "ordered_by"), key=key)
    stage = _STAGES.get(Payment.State(shown.state), "processing")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204) if request.GET.get("seen") == stage else HttpResponseClientRefresh()
    context = {
        "account": account,
        "payment": shown,
        "stage": stage,
        "lot": Lot.objects.filter(payment=shown).first(),
        "figures": figures.of(account, now=now),
        "may_add_funds": permissions.may(request.membership, Action.ADD_FUNDS),
    }
    return page.show(request, "payment", context)


def _ask(request: OrganizationRequest, form: AddFundsForm, *, now: datetime, status: int = 200) -> HttpResponse:
    """The form, with the day on which funds bought now would expire."""
    account = form.account
    context = {"form": form, "account": account, "expires_on": _expires_on(account, now=now)}
    return page.show(request, "add_funds", context, status=status)


def _expires_on(account: Account, *, now: datetime) -> object:
    zone = account.organization.zone
    return periods.last_day(periods.lot_expiry(now, zone), zone)
