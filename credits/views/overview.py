"""Billing > Subscriptions, and Communications Credits in it."""

from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from credits import figures, outlook, pauses, recharges
from credits.models import Account
from credits.views import happenings, lots, page
from subscriptions import permissions
from subscriptions.models import Plan, Subscription
from subscriptions.permissions import Action, OrganizationRequest

#: Payments shown on the main page.
_PAYMENTS: Final = 8


@permissions.required(Action.VIEW)
@require_safe
def subscriptions(request: OrganizationRequest, slug: str) -> HttpResponse:
    """What the organization has: its credits first, then its plans."""
    now = timezone.now()
    account = Account.objects.filter(organization=request.organization).first()
    plans = Subscription.objects.filter(organization=request.organization).exclude(plan__category=Plan.Category.CREDITS)
    context: dict[str, Any] = {"plans": plans.select_related("plan").order_by("plan__position", "plan__code")}
    if account is not None:
        card = account.payment_methods.chargeable().first()
        context |= {"account": account, "figures": figures.of(account, now=now), "card": card, "now": now}
    return page.show(request, "subscriptions", context)


@permissions.required(Action.VIEW)
@require_safe
def overview(request: OrganizationRequest, slug: str) -> HttpResponse:
    """What there is, until when, who charges what, and what happened last."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    rows = lots.open_rows(account, now=now)
    read = figures.of(account, now=now)
    context = {
        "account": account,
        "figures": read,
        "next_expiry": lots.next_expiry(rows, read.next_expiry_at),
        "lots": rows,
        "closed_lots": lots.closed_rows(account, now=now),
        "happenings": happenings.latest(account),
        "payments": account.payments.select_related("method")[:_PAYMENTS],
        "keepers": permissions.keepers(request, Action.ADD_FUNDS),
        **_recharging(account, now=now),
    }
    return page.show(request, "overview", context)


def _recharging(account: Account, *, now: datetime) -> dict[str, Any]:
    """The terms, the cards in order, the one charged first, and what resuming a paused auto-recharge would charge."""
    terms = account.auto_recharge
    methods = list(account.payment_methods.active())
    resumed = recharges.due_now(account, recharges.terms_of(terms), now=now) if terms.paused_at else None
    return {
        "terms": terms,
        "methods": methods,
        "card": next((method for method in methods if method.refused_at is None), None),
        "resume_charge": resumed,
        "pause_cause": pauses.cause(account),
        "outlook": outlook.of(account, terms, now=now, cards=methods),
        "now": now,
    }
