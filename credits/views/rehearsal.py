"""Rehearsal: what terms of auto-recharge would have done with the usage there was, and which terms would do."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from credits import rehearsing
from credits.models import Account
from credits.rehearsal_form import RehearsalForm, first_rehearsal
from credits.views import page, rehearsed
from subscriptions import permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.templatetags.money import amount_plain


@permissions.required(Action.VIEW)
@require_safe
def rehearsal(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The terms asked for, else those that are stored, on the last days; beside them the suggested ones."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    form = RehearsalForm(_asked(request, account), account=account)
    known = rehearsing.past(account, now=now)
    context: dict[str, Any] = {"form": form, "account": account, "used": bool(known.usage)}
    if known.usage and form.is_valid():
        suggestion = rehearsing.suggest(account, known)
        lines = rehearsed.lines(account, known, form.asked(), suggestion, form.wish())
        here = next(line for line in lines if line.here)
        context |= {"suggestion": suggestion, "lines": lines, "here": here}
        context["plot"] = rehearsed.plot(account, here.rehearsed)
    keepers = permissions.keepers(request, Action.CHANGE_RECHARGE)
    return page.show(request, "rehearsal", {**context, "keepers": keepers})


def _asked(request: OrganizationRequest, account: Account) -> dict[str, Any]:
    """What was sent; where nothing was, the stored terms as the form would send them."""
    first = {
        name: amount_plain(value, account.currency) if isinstance(value, Decimal) else value
        for name, value in first_rehearsal(account).items()
        if value is not None
    }
    return {**{name: first[name] for name in ("days", "late")}, **request.GET.dict()} if request.GET else first
