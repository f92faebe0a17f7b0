"""What an organization gets in writing for its money, and the tax that stands on it."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.payments import Payment
from credits.models.refunds import Refund
from subscriptions.fields import AmountField, bounded


class TaxRate(models.Model):
    """The tax on credit in one country from one day on: added to the price, or part of it (decision: money, "tax")."""

    country = models.CharField(_("country or region"), max_length=2)
    since = models.DateField(_("from"))
    name = models.CharField(_("name"), max_length=40, help_text=_("As receipts call it: VAT, GST."))
    percent = models.DecimalField(_("rate, %"), max_digits=6, decimal_places=3)
    included = models.BooleanField(_("part of the price"), default=False)

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        ordering = ("country", "-since")
        constraints = (
            models.UniqueConstraint(fields=["country", "since"], name="one_tax_rate_per_country_and_day"),
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lt=100), name="a_tax_is_a_percentage"),
        )

    def __str__(self) -> str:
        return f"{self.country} {self.percent} %"


class Receipt(models.Model):
    """A receipt or a credit note: numbered without gaps per account, its words kept as they were when it was issued.

    `facts` has what a later change must not touch: name, bill-to address, tax number, purchase order, card, language.
    """

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        CREDIT_NOTE = "credit_note", _("Credit note")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="issued", db_index=False)
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="receipts")
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="credit_note")
    issued_at = models.DateTimeField(_("issued at"))
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("amount"), help_text=_("Without tax that was added."))
    tax = AmountField(_("tax"), default=0)
    tax_percent = models.DecimalField(_("tax rate, %"), max_digits=6, decimal_places=3, default=0)
    tax_included = models.BooleanField(_("the amount includes tax"), default=False)
    facts = models.JSONField(_("facts"), default=dict)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ("-pk",)
        constraints = (
            bounded("receipt_amount_is_not_negative", "amount", low=0),
            bounded("receipt_tax_is_not_negative", "tax", low=0),
            models.UniqueConstraint(fields=["account", "number"], name="one_receipt_per_number"),
            models.UniqueConstraint(fields=["payment"], condition=Q(kind="receipt"), name="one_receipt_per_payment"),
            models.CheckConstraint(
                condition=Q(kind="credit_note", refund__isnull=False) | Q(kind="receipt", refund=None),
                name="a_credit_note_has_its_refund",
            ),
        )

    def __str__(self) -> str:
        return f"receipt {self.number}"

    @property
    def total(self) -> Decimal:
        """What was charged to the card or given back to it."""
        total: Decimal = self.amount + self.tax
        return total
