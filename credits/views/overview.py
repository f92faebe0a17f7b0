"""Billing > Subscriptions, and Communications Credits in it."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from credits import (
    balance_card,
    balance_history,
    balance_plots,
    balance_report,
    disputes,
    figures,
    lot_list,
    outlook,
    pauses,
    recharges,
)
from credits.models import Account
from credits.views import happenings, page
from subscriptions import offers, permissions
from subscriptions.permissions import Action, OrganizationRequest

#: Payments shown on the main page.
_PAYMENTS: Final = 4
#: Days of the plot on the main page.
_DAYS: Final = 90
#: Of these so many are shown in figures, too; the report has all.
_IN_FIGURES: Final = 4
#: A younger account's plot is no shorter than this.
_LEAST_DAYS: Final = 14


@permissions.required(Action.VIEW)
@require_safe
def subscriptions(request: OrganizationRequest, slug: str) -> HttpResponse:
    """What the organization has: its credits first, then its plans."""
    now = timezone.now()
    account = Account.objects.filter(organization=request.organization).first()
    context: dict[str, Any] = {"stocks": offers.stocks(request.organization, at=now)}
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
    balance = balance_card.of(account, now=now)
    context = {
        "account": account,
        "balance": balance,
        "figures": balance.figures,
        **_lots(account, now=now),
        "disputes": disputes.waiting(account),
        "happenings": happenings.latest(account),
        "payments": account.payments.select_related("method")[:_PAYMENTS],
        "keepers": permissions.keepers(request, Action.ADD_FUNDS),
        **_recharging(account, now=now),
    }
    return page.show(request, "overview", context)


def _lots(account: Account, *, now: datetime) -> dict[str, Any]:
    """The lots, and how the balance came here, once there has been anything."""
    rows, more = lot_list.open_rows(account, now=now)
    closed = lot_list.closed_rows(account, now=now)
    found: dict[str, Any] = {"lots": rows, "more_lots": more, "closed_lots": closed}
    found["frozen"] = any(row.frozen for row in rows)
    found["taken_back"] = any(row.lot.voided for row in (*rows, *closed))
    if rows or closed:
        zone = account.organization.zone
        today = now.astimezone(zone).date()
        opened = account.created_at.astimezone(zone).date()
        since = max(today - timedelta(days=_DAYS - 1), min(opened, today - timedelta(days=_LEAST_DAYS - 1)))
        days = balance_history.days(account, since=since, until=today, zone=zone, now=now)
        found["days"] = days
        found["plot"] = balance_plots.by_day(account, days)
        found["plot_rows"] = balance_report.shown_rows(days[-_IN_FIGURES:], account.currency)[::-1]
    return found


def _recharging(account: Account, *, now: datetime) -> dict[str, Any]:
    """The terms, the cards in order, the one charged first, and what resuming a paused auto-recharge would charge."""
    terms = account.auto_recharge
    methods = list(account.payment_methods.active())
    chosen = recharges.terms_of(terms)
    resumed = recharges.due_now(account, chosen, now=now) if terms.paused_at else None
    full = recharges.full_until(account, chosen, chosen.recharge_amount, now=now) if terms.enabled else None
    return {
        "terms": terms,
        "methods": methods,
        "card": next((method for method in methods if method.refused_at is None), None),
        "resume_charge": resumed,
        "pause_cause": pauses.cause(account),
        "outlook": outlook.of(account, terms, now=now, cards=methods, full_until=full),
        "now": now,
    }
