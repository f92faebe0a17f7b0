"""The page on which a payment's fate is read: its timeline, its receipt, its bank's question, and giving it up."""

import uuid
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from credits import figures, gateway, payments
from credits.models import Account, Lot, Payment
from credits.views import page, refund, timeline
from subscriptions import doorbell, permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.templatetags.money import money

#: What a payment's state comes to for the person who waits for it; the others are processing.
_STAGES: Final = {
    Payment.State.UNKNOWN: "unknown",
    Payment.State.REQUIRES_ACTION: "bank",
    Payment.State.SUCCEEDED: "succeeded",
    Payment.State.FAILED: "failed",
    Payment.State.CANCELLED: "failed",
}
#: What may still be given up.
_CANCELLABLE: Final = frozenset({Payment.State.PENDING, Payment.State.REQUIRES_ACTION})


@permissions.required(Action.VIEW)
@require_safe
def payment(request: OrganizationRequest, slug: str, key: uuid.UUID) -> HttpResponse:
    """What became of a payment. While it is on its way the page asks again, and changes only when there is news."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    shown = _of(account, key)
    if "redirect_status" in request.GET:
        return _back_from_bank(request, shown)
    stage = _STAGES.get(Payment.State(shown.state), "processing")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204) if request.GET.get("seen") == stage else HttpResponseClientRefresh()
    lot = Lot.objects.filter(payment=shown).first()
    context = {"account": account, "payment": shown, "stage": stage, "lot": lot, "lines": timeline.of(shown, lot)}
    context |= {
        "figures": figures.of(account, now=now),
        "may_add_funds": permissions.may(request.membership, Action.ADD_FUNDS),
        "keepers": permissions.keepers(request, Action.ADD_FUNDS),
        "may_cancel": shown.state in _CANCELLABLE,
        **refund.standing(request, shown, now=now),
    }
    return page.show(request, "payment", context)


@permissions.required(Action.ADD_FUNDS)
@require_POST
def confirm_payment(request: OrganizationRequest, slug: str, key: uuid.UUID) -> HttpResponse:
    """Go to the bank's own page; from there the person comes back to the payment's."""
    now = timezone.now()
    shown = _of(page.account_of(request, now=now), key)
    try:
        return redirect(payments.bank_page(shown, now=now))
    except payments.NothingToConfirm:
        messages.info(request, _("There is nothing to confirm any more."))
    except gateway.Unreachable:
        messages.error(request, _("The payment provider does not answer at the moment. Try again soon."))
    return redirect("credits:payment", slug, key)


@permissions.required(Action.ADD_FUNDS)
def cancel_payment(request: OrganizationRequest, slug: str, key: uuid.UUID) -> HttpResponse:
    """Ask, then give up a payment that has taken no money yet."""
    now = timezone.now()
    shown = _of(page.account_of(request, now=now), key)
    if request.method != "POST":
        return _ask(request, shown)
    try:
        payments.cancel(shown, actor=request.user, now=now)
    except payments.TooLate:
        messages.warning(request, _("It was too late: the payment could not be cancelled."))
    except gateway.Unreachable:
        messages.error(request, _("The payment provider does not answer at the moment. Nothing was cancelled."))
    else:
        doorbell.ring("credits.charge_due")
        messages.success(request, _("The payment was cancelled."))
    return redirect("credits:payment", slug, key)


def _of(account: Account, key: uuid.UUID) -> Payment:
    found = account.payments.select_related("method", "ordered_by").prefetch_related("receipts")
    shown: Payment = get_object_or_404(found, key=key)
    shown.account = account
    return shown


def _back_from_bank(request: OrganizationRequest, shown: Payment) -> HttpResponse:
    """Ask the provider what came of it; what the address says is nobody's word. Then the page without its query."""
    try:
        payments.returned(shown, now=timezone.now())
    except gateway.Unreachable:
        messages.warning(request, _("The payment provider does not answer at the moment. This page asks again."))
    doorbell.ring("credits.charge_due")
    return redirect("credits:payment", request.organization.slug, shown.key)


def _ask(request: OrganizationRequest, shown: Payment) -> HttpResponse:
    sums = {"amount": money(shown.total, shown.currency), "card": shown.method}
    sentences = [_("%(amount)s is not charged to %(card)s.") % sums]
    if shown.kind == Payment.Kind.AUTOMATIC:
        sentences.append(_("Auto-recharge goes on: it tries the next card, or tries again later."))
    context = {
        "question": _("Cancel this payment?"),
        "consequences": sentences,
        "verb": _("Cancel this payment"),
        "danger": True,
        "cancel_url": reverse("credits:payment", args=[request.organization.slug, shown.key]),
    }
    return page.show(request, "cancel_payment", context)
