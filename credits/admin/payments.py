"""Money in, in the back office: payments with their timeline, rounds, refunds, and what the provider told us."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from credits.admin.closing import Closing
from credits.admin.reading import Newest, ReadOnly
from credits.admin.refunding import Refunding
from credits.models import Payment, PaymentStep, ProviderEvent, Recharge, Refund


class AttemptInline(Newest):
    model = Payment
    fields = ("kind", "state", "amount", "tax", "created_at", "closed_at", "error_code")
    verbose_name_plural = _("attempts")


class StepInline(Newest):
    model = PaymentStep
    fields = ("at", "was", "state", "source", "detail")
    verbose_name_plural = _("timeline, newest first")


class RefundInline(Newest):
    model = Refund
    fields = ("origin", "state", "amount", "tax", "why", "created_at", "closed_at", "error_code")


@admin.register(Recharge)
class RechargeAdmin(ReadOnly):
    """Rounds of automatic charges, and how they ended."""

    list_display = (
        "id",
        "account__organization",
        "reason",
        "state",
        "available",
        "amount",
        "requested_at",
        "due_at",
        "closed_at",
        "why",
    )
    list_filter = ("state", "reason", ("requested_at", admin.DateFieldListFilter))
    inlines = (AttemptInline,)


@admin.register(Payment)
class PaymentAdmin(Refunding, Closing, ReadOnly):
    """Every charge to a card, and what became of it."""

    list_display = (
        "key",
        "account__organization",
        "kind",
        "state",
        "amount",
        "tax",
        "currency",
        "created_at",
        "closed_at",
        "error_code",
    )
    list_filter = ("state", "kind", "currency", ("created_at", admin.DateFieldListFilter))
    search_fields = (*ReadOnly.search_fields, "=key", "=provider_ref")
    search_help_text = _("Organization, payment, or the provider's reference")
    inlines = (StepInline, RefundInline)


@admin.register(PaymentStep)
class PaymentStepAdmin(ReadOnly):
    """What happened to payments, step by step."""

    list_display = ("id", "account__organization", "payment_id", "at", "was", "state", "source", "detail")
    list_filter = ("source", "state", ("at", admin.DateFieldListFilter))
    search_fields = (*ReadOnly.search_fields, "=payment__key")
    search_help_text = _("Organization, or payment")


@admin.register(Refund)
class RefundAdmin(ReadOnly):
    """Money given back to cards, by whomever."""

    list_display = (
        "key",
        "account__organization",
        "payment_id",
        "origin",
        "state",
        "amount",
        "tax",
        "why",
        "created_at",
        "closed_at",
        "error_code",
    )
    list_filter = ("state", "origin", ("created_at", admin.DateFieldListFilter))
    search_fields = (*ReadOnly.search_fields, "=key", "=payment__key", "=provider_ref")
    search_help_text = _("Organization, refund, payment, or the provider's reference")


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnly):
    """What the provider told us by webhook, as it came."""

    list_display = ("event_ref", "kind", "outcome", "received_at", "handled_at", "why")
    list_filter = ("outcome", "kind", ("handled_at", admin.EmptyFieldListFilter))
    list_select_related = ()
    search_fields = ("=event_ref",)
    search_help_text = _("The provider's event")
    exclude = ("payload",)
    readonly_fields = ("pretty",)

    @admin.display(description=_("payload"))
    def pretty(self, event: ProviderEvent) -> SafeString:
        """The payload, laid out and escaped."""
        return format_html("<pre>{}</pre>", json.dumps(event.payload, indent=2, ensure_ascii=False))
