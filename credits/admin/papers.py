"""Receipts and the tax on them, in the back office."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from credits.admin.reading import ReadOnly
from credits.models import Receipt, TaxRate


@admin.register(TaxRate)
class TaxRateAdmin(ReadOnly):
    """The tax on credit, by country and from which day on."""

    list_display = ("country", "since", "name", "percent", "included")
    list_filter = ("included",)
    list_select_related = ()
    search_fields = ("=country", "name")
    search_help_text = _("A country's two letters, or the tax's name")


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    """Receipts and credit notes, as they were issued."""

    list_display = (
        "number",
        "account__organization",
        "kind",
        "payment_id",
        "amount",
        "tax",
        "tax_percent",
        "currency",
        "issued_at",
    )
    list_filter = ("kind", "currency", ("issued_at", admin.DateFieldListFilter))
    search_fields = (*ReadOnly.search_fields, "=payment__key")
    search_help_text = _("Organization, or payment")
