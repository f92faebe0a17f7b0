"""Turn auto-recharge off: asked first, with what it means at zero. The terms are kept."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import figures, recharges
from credits.models import Account
from credits.views import page
from subscriptions import permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.templatetags.money import money


@permissions.required(Action.CHANGE_RECHARGE)
def turn_off_recharge(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Ask, then turn it off; twice is the same as once."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    if request.method != "POST":
        available = money(figures.of(account, now=now).available, account.currency)
        context = {
            "question": _("Turn off auto-recharge?"),
            "consequences": _consequences(available),
            "verb": _("Turn off"),
            "danger": True,
            "cancel_url": reverse("credits:overview", args=[slug]),
        }
        return page.show(request, "turn_off_recharge", context)
    _turn_off(request, account)
    messages.success(request, _("Auto-recharge is off."))
    return redirect("credits:overview", slug)


def _turn_off(request: OrganizationRequest, account: Account) -> None:
    terms = recharges.terms_of(account.auto_recharge)
    if terms.enabled:
        recharges.change_terms(account, replace(terms, enabled=False), actor=request.user, now=timezone.now())


def _consequences(available: str) -> list[str]:
    return [
        _("The card is not charged by itself any more. %(amount)s is available now.") % {"amount": available},
        _("At zero, calls that need credits stop: toll-free numbers, international calls, and calls past the minutes "
          "of a plan. Emergency calls, calls within a plan's minutes and incoming calls to ordinary numbers go on."),
        _("The trigger, the amount and the limits are kept: turn it on again whenever you like."),
    ]  # fmt: skip
