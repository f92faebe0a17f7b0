"""Auto-recharge: its settings, asked twice where saving has a price, and Resume after a pause."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from credits import figures, limits, pauses, recharges, tax
from credits.forms import AutoRechargeForm, first_terms
from credits.models import Account, Payment, Recharge
from credits.rehearsal_form import proposed
from credits.views import page, reasons
from subscriptions import doorbell, permissions
from subscriptions.permissions import Action, OrganizationRequest
from subscriptions.templatetags.money import money

#: Attempts and evaluations shown beside the settings.
_ATTEMPTS: Final = 5
_EVALUATIONS: Final = 3


@permissions.required(Action.CHANGE_RECHARGE)
def auto_recharge(request: OrganizationRequest, slug: str) -> HttpResponse:
    """The settings; what would charge a card now, or end charging, is confirmed first."""
    now = timezone.now()
    account = page.account_of(request, now=now)
    if request.method != "POST":
        first = {**first_terms(account), **proposed(request.GET.dict())}
        return _ask(request, account, AutoRechargeForm(account=account, initial=first), now=now)
    form = AutoRechargeForm(request.POST, account=account)
    if not form.is_valid():
        return _ask(request, account, form, now=now)
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


@permissions.required(Action.CHANGE_RECHARGE)
@require_POST
def retry_recharge(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Try again now what is to be tried again later; pressed twice it is one try."""
    now = timezone.now()
    try:
        recharges.retry(page.account_of(request, now=now), actor=request.user, now=now)
    except recharges.NothingToRetry:
        messages.info(request, _("There is nothing to try again: it is being tried, or has been."))
    else:
        doorbell.ring("credits.charge_due")
        messages.success(request, _("The card is being charged again. The result is shown here and sent by mail."))
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
    total = due + tax.of(account.organization, due, now=now).added
    return Question(
        token=f"charge {total}",
        title=_("You will be charged %(amount)s now") % {"amount": money(total, account.currency)},
        sentences=tuple(_reasons(account, terms, due=due, total=total, card=str(card), now=now)),
        danger=False,
    )


def _reasons(
    account: Account, terms: recharges.Terms, *, due: Decimal, total: Decimal, card: str, now: datetime
) -> list[str]:
    """Why saving charges at once, and what of it is tax."""
    sums = {
        "amount": money(total, account.currency),
        "credit": money(due, account.currency),
        "tax": money(total - due, account.currency),
        "trigger": money(terms.trigger_amount, account.currency),
        "card": card,
        "days": terms.before_expiry_days,
    }
    if figures.of(account, now=now).available < terms.trigger_amount:
        said = [_("The balance is already below %(trigger)s. Saving charges %(amount)s to %(card)s at once.") % sums]
    else:
        said = [
            _("Without the credit that expires within %(days)s days the balance is below %(trigger)s. Saving charges "
              "%(amount)s to %(card)s at once.") % sums
        ]  # fmt: skip
    if total != due:
        said.append(_("That is %(credit)s of credit and %(tax)s of tax.") % sums)
    return said


def _save(request: OrganizationRequest, account: Account, form: AutoRechargeForm, *, now: datetime) -> HttpResponse:
    """Store the terms, or say why not beside the fields."""
    terms, was_on = form.terms(), account.auto_recharge.enabled
    try:
        recharges.change_terms(account, terms, actor=request.user, now=now)
    except recharges.NoCard:
        form.add_error(None, _("Auto-recharge needs a card that can be charged. Add a card first."))
    except recharges.CapTooSmall as error:
        form.refuse_cap(error.cap)
    except recharges.CapsContradict as error:
        form.refuse_caps(error.shorter, error.longer)
    except limits.OutsideLimits:
        form.add_error("recharge_amount", form.fields["recharge_amount"].error_messages["invalid"])
    if form.errors:
        return _ask(request, account, form, now=now)
    doorbell.ring("credits.charge_due")
    saved = _("The settings were saved.")
    turned = _("Auto-recharge is on.") if terms.enabled else _("Auto-recharge is off.")
    messages.success(request, saved if terms.enabled == was_on else turned)
    return redirect("credits:overview", request.organization.slug)


def _ask(request: OrganizationRequest, account: Account, form: AutoRechargeForm, *, now: datetime) -> HttpResponse:
    """The form; beside it how it stands, what it did last, and why."""
    terms = account.auto_recharge
    attempts = account.payments.filter(kind=Payment.Kind.AUTOMATIC).select_related("method")
    cards = list(account.payment_methods.chargeable())
    context = {
        "form": form,
        "account": account,
        "cards": cards,
        "card": cards[0] if cards else None,
        "terms": terms,
        "now": now,
        "pause_cause": pauses.cause(account),
        "attempts": attempts[:_ATTEMPTS],
        "evaluations": reasons.newest(account, count=_EVALUATIONS),
    }
    if terms.paused_at:
        context["resume_charge"] = recharges.due_now(account, recharges.terms_of(terms), now=now)
    return page.show(request, "auto_recharge", context)
