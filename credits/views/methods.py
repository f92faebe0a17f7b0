"""Payment methods: cards added on the provider's own page, ordered, removed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from credits import gateway, methods
from credits.models import Account, PaymentMethod
from credits.views import page
from credits.views.paced import paced
from subscriptions import doorbell, periods, permissions
from subscriptions.permissions import Action, OrganizationRequest

#: A card that expires so soon is warned of (pages: payment methods).
_SOON: Final = timedelta(days=60)
#: Where a person who came from another page goes on once the card is added.
_THEN: Final = {"funds": "credits:add_funds", "recharge": "credits:auto_recharge"}


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card and what hangs on it. `needed`: auto-recharge has no other; `turn` is its place in a round, from 1."""

    method: PaymentMethod
    default: bool
    turn: int
    needed: bool
    last_day: date
    expired: bool
    expiring: bool


def rows(account: Account, *, now: datetime) -> list[CardRow]:
    """The cards in the order in which they are charged."""
    cards = list(account.payment_methods.active())
    usable = [card.pk for card in cards if card.refused_at is None]
    recharging = account.auto_recharge.enabled
    today = now.astimezone(account.organization.zone).date()
    found = []
    for place, card in enumerate(cards):
        # A card is good through the last day of its month.
        last_day = periods.add_months(date(card.exp_year, card.exp_month, 1), 1) - timedelta(days=1)
        found.append(
            CardRow(
                method=card,
                default=place == 0,
                turn=usable.index(card.pk) + 1 if recharging and card.pk in usable else 0,
                needed=recharging and usable == [card.pk],
                last_day=last_day,
                expired=last_day < today,
                expiring=today <= last_day <= today + _SOON,
            )
        )
    return found


@permissions.required(Action.VIEW)
@require_safe
def payment_methods(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The cards, and what uses them."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    context = {"cards": rows(account, now=now), "keepers": permissions.keepers(request, Action.CHANGE_METHODS)}
    return page.show(request, "payment_methods", context)


@permissions.required(Action.CHANGE_METHODS)
@require_POST
@paced("cards")
def add_method(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Go to the provider's own page; the card number never comes here."""
    account = page.account_of(request, now=timezone.now())
    then = request.POST.get("then", "")
    back = request.build_absolute_uri(reverse("credits:method_added", args=[slug]))
    cancel = request.build_absolute_uri(reverse(_THEN.get(then, "credits:payment_methods"), args=[slug]))
    # The provider puts the session's name in place of the braces.
    success = f"{back}?then={then if then in _THEN else ''}&session={{CHECKOUT_SESSION_ID}}"
    try:
        address = methods.add_page(account, success_url=success, cancel_url=cancel, email=request.user.email)
    except gateway.Unreachable:
        messages.error(
            request, _("The payment provider does not answer at the moment. Nothing was changed; try again soon.")
        )
        return redirect("credits:payment_methods", slug)
    return redirect(address)


@permissions.required(Action.CHANGE_METHODS)
@require_safe
def method_added(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Back from the provider's page: take the card over. Coming back twice adds it once."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    session = request.GET.get("session", "")[:255]
    try:
        card = methods.finish_adding(account, session_ref=session, actor=request.user, now=now)
    except methods.NotAdded:
        messages.error(request, _("No card was added."))
        return redirect("credits:payment_methods", slug)
    except gateway.Unreachable:
        context = {"cards": rows(account, now=now), "retry": request.get_full_path()}
        return page.show(request, "payment_methods", context, status=503)
    doorbell.ring("credits.charge_due")
    messages.success(request, _("%(card)s was added.") % {"card": card})
    return redirect(_THEN.get(request.GET.get("then", ""), "credits:payment_methods"), slug)


@permissions.required(Action.CHANGE_METHODS)
@require_POST
def make_default(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Charge this card before the others."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    card = get_object_or_404(account.payment_methods.active(), pk=pk)
    methods.make_default(account, card, actor=request.user, now=now)
    messages.success(request, _("%(card)s is charged first from now on.") % {"card": card})
    return redirect("credits:payment_methods", slug)


@permissions.required(Action.CHANGE_METHODS)
def remove_method(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Ask, then forget the card; refused while something still needs it."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    card = get_object_or_404(account.payment_methods.active(), pk=pk)
    if request.method != "POST":
        return _ask_removal(request, card)
    try:
        methods.remove(account, card, actor=request.user, now=now)
    except methods.InUse:
        messages.error(request, _still_needed(account, card))
    else:
        messages.success(request, _("%(card)s was removed.") % {"card": card})
    return redirect("credits:payment_methods", slug)


def _ask_removal(request: OrganizationRequest, card: PaymentMethod) -> HttpResponse:
    context = {
        "question": _("Remove %(card)s?") % {"card": card},
        "consequences": [_("It is not charged any more. Payments made with it stay listed.")],
        "verb": _("Remove"),
        "danger": True,
        "cancel_url": reverse("credits:payment_methods", args=[request.organization.slug]),
    }
    return page.show(request, "remove_method", context)


def _still_needed(account: Account, card: PaymentMethod) -> str:
    """Why the card cannot go, and the way out."""
    if account.payments.in_flight().filter(method=card).exists():
        return _("A payment with %(card)s is on its way. Remove the card when it has ended.") % {"card": card}
    return _(
        "Auto-recharge charges %(card)s and there is no other. Add another card first, or turn auto-recharge off."
    ) % {"card": card}
