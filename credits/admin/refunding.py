"""Give money back: a person says how much and why, sees what that does, and confirms. The worker does the rest."""

from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import refunds
from credits.admin.forms import RefundForm
from credits.admin.reading import Base, demand
from credits.ledger import NotRefundable
from credits.models import Payment
from subscriptions.doorbell import ring
from subscriptions.models import User
from subscriptions.templatetags.money import money as shown

_RIGHT: Final = "credits.add_refund"


class Refunding(Base):
    """The page of a payment with "Refund…"."""

    change_form_template = "admin/credits/payment/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.refund)
        return [path("<int:pk>/refund/", view, name="credits_payment_refund"), *super().get_urls()]

    def refund(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say how much and why; then see it and confirm. Only a confirmed one asks for money."""
        person = demand(request, _RIGHT)
        related = Payment.objects.select_related("account__organization", "method")
        payment = get_object_or_404(related, pk=pk, state=Payment.State.SUCCEEDED)
        most = _most(payment)
        form = RefundForm(request.POST or None, payment=payment, most=most)
        name, facts = "refund", {}
        if request.method == "POST" and form.is_valid():
            if "confirmed" in request.POST:
                if done := self._ask(request, form, payment, person):
                    return done
            elif most is not None and form.cleaned_data["amount"] <= most:
                name, facts = "confirm", _consequences(payment, form.cleaned_data["amount"])
            else:
                form.add_error("amount", _too_much(payment, most or Decimal(0)))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "payment": payment, "most": most}
        return TemplateResponse(request, f"admin/credits/payment/{name}.html", {**context, "form": form, **facts})

    def _ask(self, request: HttpRequest, form: RefundForm, payment: Payment, person: User) -> HttpResponse | None:
        """Ask for it and go to it; otherwise the form says why not."""
        said = form.cleaned_data
        try:
            refund = refunds.ask(
                payment, amount=said["amount"], why=form.reason(), actor=person, key=said["key"], now=timezone.now()
            )
        except (NotRefundable, refunds.TooMuch, refunds.AnotherInFlight, refunds.NotOurs) as error:
            form.add_error(None, _refusal(error, payment))
            return None
        ring("credits.refunds_due")
        self.log_change(request, payment, f"Refund {refund.key} of {refund.amount:f}: {refund.why}")
        messages.success(request, _("The refund is on its way to the card."))
        return HttpResponseRedirect(reverse("admin:credits_refund_change", args=[refund.pk]))


def _most(payment: Payment) -> Decimal | None:
    """What can be refunded now; None when nothing of this payment can, ever again or for the moment."""
    try:
        most = refunds.at_most(payment, now=timezone.now())
    except NotRefundable:
        return None
    return most or None


def _consequences(payment: Payment, amount: Decimal) -> dict[str, Any]:
    tax = refunds.tax_on(payment, amount)
    left = payment.account.balance - amount
    return {"amount": amount, "tax": tax, "total": amount + tax, "left": left}


def _refusal(error: Exception, payment: Payment) -> str:
    if isinstance(error, refunds.TooMuch):
        return _too_much(payment, error.most)
    if isinstance(error, refunds.AnotherInFlight):
        return _("Another refund of this payment is on its way. Wait for its answer.")
    if isinstance(error, refunds.NotOurs):
        return _("This form belongs to another payment. Open the page once more.")
    return _("This payment can't be refunded any more: it is too long ago, has expired, or is disputed.")


def _too_much(payment: Payment, most: Decimal) -> str:
    return _("Only %(amount)s of this payment is left that no call keeps.") % {"amount": shown(most, payment.currency)}
