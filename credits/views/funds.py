"""Add funds: form, review and order."""

import uuid
from datetime import date, datetime
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from credits import limits, payments, standing, tax
from credits.forms import AddFundsForm, OrderForm, first_funds
from credits.models import Account
from credits.views import page
from credits.views.paced import paced
from subscriptions import doorbell, periods, permissions
from subscriptions.permissions import Action, OrganizationRequest

#: What the form hands to the review, and the review to the form when the person goes back.
_CHOSEN: Final = ("amount", "method", "purchase_order")


@permissions.required(Action.ADD_FUNDS)
def add_funds(request: OrganizationRequest, slug: str) -> HttpResponse:
    """How much, and by which card; the next page repeats it."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    if request.method != "POST":
        asked = request.GET
        first = first_funds(
            account,
            amount=asked.get("amount", ""),
            method=asked.get("method", ""),
            purchase_order=asked.get("purchase_order"),
            least=standing.of_account(account, now=now).least_to_call,
        )
        return _ask(request, AddFundsForm(account=account, initial=first), now=now)
    form = AddFundsForm(request.POST, account=account)
    if not form.is_valid():
        return _ask(request, form, now=now)
    return redirect(f"{reverse('credits:review_funds', args=[slug])}?{_query(form)}")


@permissions.required(Action.ADD_FUNDS)
@require_safe
def review_funds(request: OrganizationRequest, slug: str) -> HttpResponse:
    """All of it again, under a key minted now: however often this page is sent, it is one order."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    form = AddFundsForm(request.GET, account=account)
    if not form.is_valid():
        return _ask(request, form, now=now)
    chosen = {name: form.cleaned_data[name] for name in _CHOSEN}
    levied = tax.of(request.organization, chosen["amount"], now=now)
    context = {
        "form": OrderForm(initial={**chosen, "key": uuid.uuid4()}, account=account),
        "account": account,
        "tax": levied,
        "total": chosen["amount"] + levied.added,
        "expires_on": _expires_on(account, now=now),
        "back": f"{reverse('credits:add_funds', args=[slug])}?{_query(form)}",
    }
    return page.show(request, "review_funds", context | chosen)


@permissions.required(Action.ADD_FUNDS)
@require_POST
@paced("orders", once="key")
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


def _query(form: AddFundsForm) -> str:
    chosen = form.cleaned_data
    return urlencode({**{name: chosen[name] for name in _CHOSEN}, "method": chosen["method"].pk})


def _ask(request: OrganizationRequest, form: AddFundsForm, *, now: datetime, status: int = 200) -> HttpResponse:
    """The form, with the day on which funds bought now would expire, and the tax on them."""
    account = form.account
    stands = standing.of_account(account, now=now)
    context = {
        "form": form,
        "account": account,
        "expires_on": _expires_on(account, now=now),
        "tax": tax.of(request.organization, limits.of(account.currency).minimum, now=now),
        "least": stands.least_to_call if stands.least_to_call > limits.of(account.currency).minimum else None,
    }
    return page.show(request, "add_funds", context, status=status)


def _expires_on(account: Account, *, now: datetime) -> date:
    zone = account.organization.zone
    return periods.last_day(periods.lot_expiry(now, zone), zone)
