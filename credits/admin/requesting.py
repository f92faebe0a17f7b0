"""What organizations ask to have back: given by the payment's own "Refund…", or declined in words they read."""

from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as said
from django.utils.translation import gettext_lazy as _

from credits import refunds
from credits.admin.forms import DeclineForm
from credits.admin.reading import ReadOnly, demand
from credits.models import RefundRequest
from subscriptions.templatetags.money import money

_RIGHT: Final = "credits.add_refund"


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnly):
    """Requests for a refund, those without an answer to be found by the filter."""

    change_form_template = "admin/credits/refundrequest/change_form.html"

    list_display = (
        "id",
        "account__organization",
        "amount",
        "payment_id",
        "why",
        "asked_at",
        "asked_by",
        "answer",
        "answered_at",
        "answered_by",
    )
    list_filter = (("answered_at", admin.EmptyFieldListFilter), "answer", ("asked_at", admin.DateFieldListFilter))
    list_select_related = ("account__organization", "payment", "asked_by", "answered_by")
    search_fields = (*ReadOnly.search_fields, "=payment__key", "why__icontains")
    search_help_text = _("Organization, payment, or words of the reason")

    @admin.display(description=_("organization"))
    def organization(self, asked: RefundRequest) -> str:
        return asked.account.organization.name

    @admin.display(description=_("payment amount"), ordering="payment__amount")
    def amount(self, asked: RefundRequest) -> str:
        return money(asked.payment.amount, asked.payment.currency)

    def get_fields(self, request: HttpRequest, obj: RefundRequest | None = None) -> Any:
        """The organization and the payment's amount in front of what the row itself holds."""
        return ["organization", "amount", *(each.name for each in self.opts.fields if not each.primary_key)]

    def get_readonly_fields(self, request: HttpRequest, obj: RefundRequest | None = None) -> Any:
        return self.get_fields(request, obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decline)
        return [path("<int:pk>/decline/", view, name="credits_refundrequest_decline"), *super().get_urls()]

    def decline(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer no, in words that the organization reads."""
        person = demand(request, _RIGHT)
        related = RefundRequest.objects.select_related("account__organization", "payment__method")
        asked = get_object_or_404(related, pk=pk)
        form = DeclineForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            words = form.cleaned_data["said"]
            try:
                refunds.decline(asked, said=words, actor=person, now=timezone.now())
            except refunds.AnsweredAlready:
                messages.warning(request, said("Somebody has answered this request already."))
            else:
                self.log_change(request, asked, f"Declined: {words}")
                messages.success(request, said("The request is declined, and the organization is told."))
            return HttpResponseRedirect(reverse("admin:credits_refundrequest_change", args=[pk]))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "asked": asked, "form": form}
        return TemplateResponse(request, "admin/credits/refundrequest/decline.html", context)
