"""Payment methods: cards added on the provider's own page, ordered, replaced, removed."""

from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from credits import card_list, gateway, methods
from credits.models import Account, PaymentMethod
from credits.views import page
from credits.views.paced import paced
from subscriptions import doorbell, permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.views import keyset

#: Where a person who came from another page goes on once the card is added.
_THEN: Final = {"funds": "credits:add_funds", "recharge": "credits:auto_recharge"}


@permissions.required(Action.VIEW)
@require_safe
def payment_methods(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The cards, and what uses them."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    return page.show(request, "payment_methods", _context(request, account, now=now))


@permissions.required(Action.CHANGE_METHODS)
@require_POST
@paced("cards")
def add_method(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Go to the provider's own page; the card number never comes here."""
    then = request.POST.get("then", "")
    return _to_the_provider(request, then=then if then in _THEN else "", cancel=_THEN.get(then))


@permissions.required(Action.CHANGE_METHODS)
@require_POST
@paced("cards")
def replace_method(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """The same, for a card that takes this one's place."""
    account = page.account_of(request, now=timezone.now())
    card = get_object_or_404(account.payment_methods.active(), pk=pk)
    return _to_the_provider(request, replaces=str(card.pk))


@permissions.required(Action.CHANGE_METHODS)
@require_safe
def method_added(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Back from the provider's page: take the card over. Coming back twice adds it once, and replaces once."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    try:
        said = _take_over(request, account, now=now)
    except methods.NotAdded:
        messages.error(request, _("No card was added."))
        return redirect("credits:payment_methods", slug)
    except gateway.Unreachable:
        context = _context(request, account, now=now) | {"retry": request.get_full_path()}
        return page.show(request, "payment_methods", context, status=503)
    doorbell.ring("credits.charge_due")
    messages.success(request, said)
    return redirect(_THEN.get(request.GET.get("then", ""), "credits:payment_methods"), slug)


@permissions.required(Action.CHANGE_METHODS)
@require_POST
def make_default(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Charge the card that was chosen before the others."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    chosen = keyset.place(request.POST.get("card", "")) or 0
    card = account.payment_methods.chargeable().filter(pk=chosen).first()
    if card is None:
        messages.error(request, _("Choose one of the cards that can be charged."))
    else:
        methods.make_default(account, card, actor=request.user, now=now)
        messages.success(request, _("%(card)s is charged first from now on.") % {"card": card})
    return redirect("credits:payment_methods", slug)


@permissions.required(Action.CHANGE_METHODS)
def remove_method(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Ask, then forget the card; while something still needs it, say so and offer to replace it."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    card = get_object_or_404(account.payment_methods.active(), pk=pk)
    if request.method != "POST":
        row = next(row for row in card_list.rows(account, now=now) if row.method == card)
        return page.show(request, "replace_method" if row.needed else "remove_method", _question(request, card))
    try:
        methods.remove(account, card, actor=request.user, now=now)
    except methods.InUse:
        messages.error(request, _still_needed(account, card))
    else:
        messages.success(request, _("%(card)s was removed.") % {"card": card})
    return redirect("credits:payment_methods", slug)


def _context(request: OrganizationRequest, account: Account, *, now: datetime) -> dict[str, Any]:
    cards = card_list.rows(account, now=now)
    return {
        "cards": cards,
        "choosable": sum(row.method.refused_at is None for row in cards) > 1,
        "backup": any(row.backup for row in cards),
        "recharging": account.auto_recharge.enabled,
        "keepers": permissions.keepers(request, Action.CHANGE_METHODS),
    }


def _to_the_provider(
    request: OrganizationRequest, *, then: str = "", replaces: str = "", cancel: str | None = None
) -> HttpResponse:
    """Off to the hosted page, with the way back; the provider puts the session's name in place of the braces."""
    slug = request.organization.slug
    account = page.account_of(request, now=timezone.now())
    back = request.build_absolute_uri(reverse("credits:method_added", args=[slug]))
    home = request.build_absolute_uri(reverse(cancel or "credits:payment_methods", args=[slug]))
    success = f"{back}?then={then}&replaces={replaces}&session={{CHECKOUT_SESSION_ID}}"
    try:
        address = methods.add_page(account, success_url=success, cancel_url=home, email=request.user.email)
    except gateway.Unreachable:
        messages.error(
            request, _("The payment provider does not answer at the moment. Nothing was changed; try again soon.")
        )
        return redirect("credits:payment_methods", slug)
    return redirect(address)


def _take_over(request: OrganizationRequest, account: Account, *, now: datetime) -> str:
    """What is said of it. Raises methods.NotAdded, gateway.Unreachable."""
    session = request.GET.get("session", "")[:255]
    replaced = account.payment_methods.filter(pk=keyset.place(request.GET.get("replaces", "")) or 0).first()
    if replaced is None:
        card = methods.finish_adding(account, session_ref=session, actor=request.user, now=now)
        return _("%(card)s was added.") % {"card": card}
    card, goes = methods.finish_replacing(account, replaced, session_ref=session, actor=request.user, now=now)
    if goes:
        return _("%(card)s took the place of %(old)s.") % {"card": card, "old": replaced}
    return _("%(card)s is charged before %(old)s, which stays until its payment has ended.") % {
        "card": card,
        "old": replaced,
    }


def _question(request: OrganizationRequest, card: PaymentMethod) -> dict[str, Any]:
    return {
        "question": _("Remove %(card)s?") % {"card": card},
        "consequences": [_("It is not charged any more. Payments made with it stay listed.")],
        "verb": _("Remove"),
        "danger": True,
        "card": card,
        "cancel_url": reverse("credits:payment_methods", args=[request.organization.slug]),
    }


def _still_needed(account: Account, card: PaymentMethod) -> str:
    """Why the card cannot go, and the way out."""
    if account.payments.in_flight().filter(method=card).exists():
        return _("A payment with %(card)s is on its way. Remove the card when it has ended.") % {"card": card}
    return _(
        "Auto-recharge charges %(card)s and there is no other. Replace it, add another card first, or turn "
        "auto-recharge off."
    ) % {"card": card}
