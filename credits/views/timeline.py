"""What happened to a payment, from its order to the credit and back: one line each, with the ids that others know."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits import disputes
from credits.models import Lot, Payment, PaymentStep, Refund, RefundRequest
from notifications import causes
from subscriptions import periods
from subscriptions.models import Activity
from subscriptions.templatetags.money import money

State = Payment.State


@dataclass(frozen=True, slots=True)
class Line:
    """What happened, when, by whose word; `code` is an id to be copied, `tone` and `icon` how the line looks."""

    at: datetime
    title: str
    icon: str
    tone: str = ""
    note: str = ""
    told_by: str = ""
    code: str = ""


#: Icon, tone and title of each state that a payment comes to.
_LOOKS: Final = {
    State.PENDING: ("clock", "", gettext_lazy("Waits to be sent")),
    State.SUBMITTING: ("paper-airplane", "", gettext_lazy("Sent to the payment provider")),
    State.REQUIRES_ACTION: ("shield-exclamation", "warning", gettext_lazy("The bank asks for a confirmation")),
    State.UNKNOWN: ("question-mark-circle", "warning", gettext_lazy("No answer; being checked")),
    State.SUCCEEDED: ("check", "success", gettext_lazy("Paid")),
    State.FAILED: ("x-mark", "danger", gettext_lazy("Not paid")),
    State.CANCELLED: ("minus-circle", "", gettext_lazy("Cancelled")),
}
#: Where a payment goes on to once its bank has been answered.
_AUTHENTICATED: Final = frozenset({State.SUBMITTING, State.SUCCEEDED})


def of(payment: Payment, lot: Lot | None) -> list[Line]:
    """The lines of a payment and of its lot, the oldest first. Four queries."""
    steps = list(payment.steps.order_by("pk"))
    found = [_ordered(payment)]
    for step in steps:
        found += _lines(payment, step)
    if not steps and payment.closed_at is not None:
        # From before there were steps.
        found += _came_to(payment, State(payment.state), payment.closed_at, told_by="")
    if lot is not None:
        found.append(_credited(payment, lot))
    for refund in payment.refunds.order_by("pk"):
        found += _refunded(payment, refund)
    for request in payment.refund_requests.select_related("asked_by").order_by("pk"):
        found += _asked_for(request)
    found += [_disputed(payment, news) for news in disputes.of(payment)]
    return sorted(found, key=lambda line: line.at)


def _ordered(payment: Payment) -> Line:
    automatic = payment.kind == Payment.Kind.AUTOMATIC
    return Line(
        at=payment.created_at,
        title=_("Requested by auto-recharge") if automatic else _("Order placed"),
        icon="arrow-path" if automatic else "plus",
        told_by=payment.ordered_by.get_full_name() if payment.ordered_by else "",
        code=str(payment.key),
    )


def _lines(payment: Payment, step: PaymentStep) -> Iterator[Line]:
    """The order itself has its line already."""
    if not step.was:
        return
    told_by = step.get_source_display()
    if step.was == State.REQUIRES_ACTION and step.state in _AUTHENTICATED:
        yield Line(step.at, _("Confirmed with the bank"), "shield-check", "success", told_by=told_by)
    yield from _came_to(payment, State(step.state), step.at, told_by=told_by, detail=step.detail)


def _came_to(payment: Payment, state: State, at: datetime, *, told_by: str, detail: str = "") -> Iterator[Line]:
    icon, tone, title = _LOOKS[state]
    code = payment.provider_ref if state == State.SUCCEEDED else ""
    said, note = str(title), ""
    if state == State.UNKNOWN and detail == "mismatch":
        said, note = _("An answer that does not fit our record"), str(causes.words(detail))
    if state == State.FAILED and (cause := detail or payment.error_code):
        note = str(causes.words(cause))
    yield Line(at, said, icon, tone, note=note, told_by=told_by, code=code or "")


def _credited(payment: Payment, lot: Lot) -> Line:
    good_until = periods.last_day(lot.expires_at, payment.account.organization.zone)
    title = _("%(amount)s was credited") % {"amount": money(lot.amount, payment.currency)}
    expires = _("Expires on %(day)s") % {"day": date_format(good_until, "DATE_FORMAT")}
    return Line(lot.purchased_at, title, "banknotes", "success", note=expires)


#: Icon, tone, title and note of each piece of news about a dispute.
_DISPUTES: Final = {
    "dispute.opened": (
        "scale", "warning", gettext_lazy("Disputed with the bank"),
        gettext_lazy("What is left of its credit waits until the bank has decided."),
    ),
    "dispute.reopened": (
        "scale", "warning", gettext_lazy("The dispute goes on"),
        gettext_lazy("What is left of its credit waits again."),
    ),
    "dispute.won": (
        "scale", "success", gettext_lazy("The dispute was won"), gettext_lazy("What is left of its credit is free."),
    ),
    "dispute.lost": (
        "scale", "danger", gettext_lazy("The dispute was lost"),
        gettext_lazy("%(amount)s was taken back: from what was left, and the rest is owed."),
    ),
}  # fmt: skip


def _disputed(payment: Payment, news: Activity) -> Line:
    icon, tone, title, note = _DISPUTES[news.action]
    sums = {"amount": money(news.facts["amount"], payment.currency)}
    return Line(news.at, str(title), icon, tone, note=str(note) % sums, code=news.facts["dispute"])


def _asked_for(request: RefundRequest) -> Iterator[Line]:
    who = request.asked_by.get_full_name() if request.asked_by else ""
    yield Line(request.asked_at, _("A refund was requested"), "receipt-refund", note=request.why, told_by=who)
    if request.answered_at and request.answer == RefundRequest.Answer.DECLINED:
        yield Line(request.answered_at, _("The request was declined"), "x-mark", "warning", note=request.said)


def _refunded(payment: Payment, refund: Refund) -> Iterator[Line]:
    sums = {"amount": money(refund.amount + refund.tax, payment.currency)}
    if refund.origin == Refund.Origin.STAFF:
        title = _("A refund of %(amount)s was asked for") % sums
        yield Line(refund.created_at, title, "receipt-refund", code=str(refund.key))
    if refund.state == Refund.State.SUCCEEDED and refund.closed_at:
        title = _("%(amount)s was given back to the card") % sums
        yield Line(refund.closed_at, title, "receipt-refund", "success", code=refund.provider_ref or "")
    elif refund.state == Refund.State.FAILED and refund.closed_at:
        title = _("The refund of %(amount)s failed") % sums
        yield Line(refund.closed_at, title, "x-mark", "danger", code=refund.provider_ref or "")
