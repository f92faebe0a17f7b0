"""Ask for a payment back: the reason, what can come back, and what became of the request."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import ledger, refunds
from credits.forms import AskRefundForm
from credits.models import Payment
from credits.views import page
from subscriptions import permissions
from subscriptions.permissions import Action, OrganizationRequest


@permissions.required(Action.ASK_REFUND)
def ask_refund(request: OrganizationRequest, slug: str, key: uuid.UUID) -> HttpResponse:
    """Say why; staff decide. What cannot come back any more is said on the payment's page."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    payment = get_object_or_404(account.payments.select_related("method"), key=key)
    payment.account = account
    form = AskRefundForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _request(request, payment, form.cleaned_data["why"], now=now)
        return redirect("credits:payment", slug, key)
    most = at_most(payment, now=now)
    if not most:
        messages.warning(request, _("Nothing of this payment can be given back any more."))
        return redirect("credits:payment", slug, key)
    context = {"form": form, "payment": payment, "most": most, "total": most + refunds.tax_on(payment, most)}
    return page.show(request, "ask_refund", context)


def _request(request: OrganizationRequest, payment: Payment, why: str, *, now: datetime) -> None:
    """And say what came of it."""
    try:
        refunds.request(payment, why=why, actor=request.user, now=now)
    except ledger.NotRefundable:
        messages.warning(request, _("Nothing of this payment can be given back any more."))
    except refunds.AskedAlready:
        messages.info(request, _("A refund of this payment was asked for already."))
    else:
        messages.success(request, _("The refund was asked for. You are told what was decided."))


def at_most(payment: Payment, *, now: datetime) -> Decimal | None:
    """What of the payment can come back now, without tax; None when nothing can."""
    try:
        return refunds.at_most(payment, now=now) or None
    except ledger.NotRefundable:
        return None


def standing(request: OrganizationRequest, payment: Payment, *, now: datetime) -> dict[str, Any]:
    """What the payment's page says of giving it back: the newest request, and if there may be one."""
    newest = payment.refund_requests.select_related("asked_by").order_by("-pk").first()
    waits = newest is not None and newest.answered_at is None
    free = payment.state == Payment.State.SUCCEEDED and not waits and not payment.refunds.in_flight().exists()
    return {
        "refund_request": newest,
        "refundable": at_most(payment, now=now) if free else None,
        "may_ask_refund": permissions.may(request.membership, Action.ASK_REFUND),
        "refund_days": settings.REFUND_DAYS,
    }
