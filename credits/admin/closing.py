"""End the waiting for a charge that has no answer, or one that does not fit: the provider is asked once more."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from credits import gateway, payments
from credits.admin.forms import NoteForm
from credits.admin.reading import Base, demand
from credits.models import Payment
from subscriptions import money
from subscriptions.models import User

_RIGHT: Final = "credits.change_payment"


class Closing(Base):
    """The page of a payment with "Close unanswered…"."""

    change_form_template = "admin/credits/payment/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.close)
        return [path("<int:pk>/close/", view, name="credits_payment_close"), *super().get_urls()]

    def close(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what was found; what does not fit is shown first, and ended only when that is confirmed."""
        person = demand(request, _RIGHT)
        related = Payment.objects.select_related("account__organization", "method")
        payment = get_object_or_404(related, pk=pk)
        form = NoteForm(request.POST or None)
        facts: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            try:
                return self._end(request, payment, form.cleaned_data["note"], person)
            except payments.DoesNotFit as doubt:
                facts = _doubtful(doubt)
            except gateway.Unreachable:
                form.add_error(None, _("The payment provider can't be reached. Try again later."))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "payment": payment, "form": form}
        return TemplateResponse(request, "admin/credits/payment/close.html", {**context, **facts})

    def _end(self, request: HttpRequest, payment: Payment, note: str, person: User) -> HttpResponse:
        """Back to the payment, which says what became of it. Raises payments.DoesNotFit, gateway.Unreachable."""
        rule = payments.close_despite if "confirmed" in request.POST else payments.close_unanswered
        try:
            rule(payment, actor=person, note=note, now=timezone.now())
        except payments.NotForAPerson:
            said = _("This payment has its answer, or the program still looks for it by itself.")
            messages.warning(request, said)
        else:
            self.log_change(request, payment, f"Closed unanswered, now {payment.state}: {note}")
            messages.success(request, _outcome(payment))
        return HttpResponseRedirect(reverse("admin:credits_payment_change", args=[payment.pk]))


def _doubtful(doubt: payments.DoesNotFit) -> dict[str, Any]:
    answer = doubt.answer
    return {"doubt": doubt, "theirs": money.from_minor(answer.minor, answer.currency), "currency": answer.currency}


def _outcome(payment: Payment) -> str:
    if payment.state == Payment.State.SUCCEEDED:
        return _("The provider did take the money: the payment has succeeded.")
    if payment.state in Payment.IN_FLIGHT:
        return _("The provider knows the charge and has not decided yet. The payment stays open.")
    return _("The payment is closed: no money was counted for it.")
