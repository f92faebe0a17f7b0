"""The admin's own levels of the balance: listed with their state, added, removed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from credits import figures, own_levels
from credits.forms import LevelForm
from credits.views import page
from subscriptions import permissions
from subscriptions.permissions import Action, OrganizationRequest


@permissions.required(Action.VIEW)
@require_safe
def levels(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The levels, the highest first, and where the balance stands."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    rows = list(account.levels.all())
    context = {
        "account": account,
        "levels": rows,
        "figures": figures.of(account, now=now),
        "most": own_levels.MOST,
        "full": len(rows) >= own_levels.MOST,
        "keepers": permissions.keepers(request, Action.CHANGE_RECHARGE),
    }
    return page.show(request, "levels", context)


@permissions.required(Action.CHANGE_RECHARGE)
def add_level(request: OrganizationRequest, slug: str) -> HttpResponse:
    """One more level."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    form = LevelForm(request.POST if request.method == "POST" else None, account=account)
    if form.is_valid():
        try:
            own_levels.add(account, form.cleaned_data["amount"], actor=request.user, now=now)
        except own_levels.AlreadyThere:
            form.add_error("amount", _("There is a level of this amount already."))
        except own_levels.TooMany:
            form.add_error(None, _("There are %(most)d levels already. Remove one first.") % {"most": own_levels.MOST})
        else:
            messages.success(request, _("The level was added."))
            return redirect("credits:levels", slug)
    return page.show(request, "add_level", {"form": form})


@permissions.required(Action.CHANGE_RECHARGE)
@require_POST
def remove_level(request: OrganizationRequest, slug: str, pk: int) -> HttpResponse:
    """Forget a level; it can be added again at any time."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    own_levels.remove(account, get_object_or_404(account.levels, pk=pk), actor=request.user, now=now)
    messages.success(request, _("The level was removed."))
    return redirect("credits:levels", slug)
