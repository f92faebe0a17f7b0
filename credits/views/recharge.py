"""Auto-recharge: its settings, asked twice where saving has a price, and Resume after a pause."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from credits import limits, recharges
from credits.forms import AutoRechargeForm, first_terms
from credits.models import Account, Recharge
from credits.views import page
from subscriptions import doorbell, permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.templatetags.money import money


@permissions.required(Action.CHANGE_RECHARGE)
def auto_recharge(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The settings; what would charge a card now, or end charging, is confirmed first."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    if request.method != "POST":
        return _ask(request, account, AutoRechargeForm(account=account, initial=first_terms(account)))
    form = AutoRechargeForm(request.POST, account=account)
    if not form.is_valid():
        return _ask(request, account, form)
    question = _question(account, form.terms(), now=now)
    if question is not None and request.POST.get("confirmed") != question.token:
        return page.show(request, "recharge_confirm", {"form": form, "ask": question})
    return _save(request, account, form, now=now)


@permissions.required(Action.CHANGE_RECHARGE)
@require_POST
def resume_recharge(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Let a paused auto-recharge try again."""
    now = timezone.now()
    recharges.resume(page.account_of(request, now=now), actor=request.user, now=now)
    doorbell.ring("credits.charge_due")
    messages.success(request, _("Auto-recharge is on again."))
    return redirect("credits:overview", slug)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before saving; `token` comes back with the answer, so that another question is asked again."""

    token: str
    title: str
    sentences: tuple[str, ...]
    danger: bool


def _question(account: Account, terms: recharges.Terms, *, now: datetime) -> Question | None:
    stored = account.auto_recharge
    if stored.enabled and not terms.enabled:
        return Question(
            token="off",  # noqa: S106  # no secret: the name of the question
            title=_("Turn off auto-recharge?"),
            sentences=(
                _("The card is not charged by itself any more."),
                _("At zero, calls that need credits stop: toll-free numbers, international calls, and calls past the "
                  "minutes of a plan. Emergency calls, calls within a plan's minutes and incoming calls to ordinary "
                  "numbers go on."),
            ),
            danger=True,
        )  # fmt: skip
    waits = stored.paused_at is not None or account.recharges.filter(state=Recharge.State.OPEN).exists()
    due = None if waits else recharges.due_now(account, terms, now=now)
    card = account.payment_methods.chargeable().first()
    if due is None or card is None:
        return None
    sums = {
        "amount": money(due, account.currency),
        "card": card,
        "trigger": money(terms.trigger_amount, account.currency),
    }
    return Question(
        token=f"charge {due}",
        title=_("You will be charged %(amount)s now") % sums,
        sentences=(
            _("The balance is already below %(trigger)s. Saving charges %(amount)s to %(card)s at once.") % sums,
        ),
        danger=False,
    )


def _save(request: OrganizationRequest, account: Account, form: AutoRechargeForm, *, now: datetime) -> HttpResponse:
    """Store the terms, or say why not beside the fields."""
    terms = form.terms()
    try:
        recharges.change_terms(account, terms, actor=request.user, now=now)
    except recharges.NoCard:
        form.add_error(None, _("Auto-recharge needs a card that can be charged. Add a card first."))
    except recharges.CapTooSmall:
        form.refuse_cap()
    except limits.OutsideLimits:
        form.add_error("recharge_amount", form.fields["recharge_amount"].error_messages["invalid"])
    if form.errors:
        return _ask(request, account, form)
    doorbell.ring("credits.charge_due")
    messages.success(request, _("Auto-recharge is on.") if terms.enabled else _("Auto-recharge is off."))
    return redirect("credits:overview", request.organization.slug)


def _ask(request: OrganizationRequest, account: Account, form: AutoRechargeForm) -> HttpResponse:
    card = account.payment_methods.chargeable().first()
    context = {"form": form, "account": account, "card": card, "terms": account.auto_recharge}
    return page.show(request, "auto_recharge", context)
