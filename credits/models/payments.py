"""Cards, the charges made to them, and the rounds of automatic charges."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from subscriptions.fields import AmountField, bounded


class PaymentMethodQuerySet(models.QuerySet["PaymentMethod"]):
    def active(self) -> "PaymentMethodQuerySet":
        """Those that may be charged, the default first."""
        return self.filter(removed_at=None).order_by("position", "pk")

    def chargeable(self) -> "PaymentMethodQuerySet":
        """Active ones that no hard decline has taken out."""
        return self.active().filter(refused_at=None)


class PaymentMethod(models.Model):
    """A card as the provider knows it. No number is ever here: brand, last four and expiry only."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payment_methods")
    provider_ref = models.CharField(_("provider's reference"), max_length=64, unique=True)
    brand = models.CharField(_("brand"), max_length=20)
    last4 = models.CharField(_("last four digits"), max_length=4)
    exp_month = models.PositiveSmallIntegerField(_("expiry month"))
    exp_year = models.PositiveSmallIntegerField(_("expiry year"))
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    added_at = models.DateTimeField(_("added at"))
    refused_at = models.DateTimeField(_("refused for good at"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        constraints = (models.UniqueConstraint(fields=["account", "id"], name="a_card_is_of_one_account"),)

    def __str__(self) -> str:
        return f"{self.brand.title()} •••• {self.last4}"


class RechargeQuerySet(models.QuerySet["Recharge"]):
    def due(self, *, at: datetime) -> "RechargeQuerySet":
        """Open rounds whose next attempt may begin."""
        return self.filter(state=Recharge.State.OPEN, due_at__lte=at)


class Recharge(models.Model):
    """A round of attempts to lift the balance over the trigger. One open round per account, by constraint."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="recharges")
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.OPEN)
    requested_at = models.DateTimeField(_("requested at"))
    available = AmountField(_("available when requested"))
    trigger_amount = AmountField(_("trigger amount"))
    recharge_amount = AmountField(_("recharge amount"))
    amount = AmountField(_("amount to charge"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    why = models.CharField(_("why it ended"), max_length=200, blank=True)

    objects = RechargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("recharge")
        verbose_name_plural = _("recharges")
        constraints = (
            bounded("recharge_available_is_bounded", "available"),
            bounded("recharge_trigger_is_not_negative", "trigger_amount", low=0),
            bounded("recharge_step_is_not_negative", "recharge_amount", low=0),
            bounded("recharge_sum_is_not_negative", "amount", low=0),
            models.UniqueConstraint(
                fields=["account"], condition=Q(state="open"), name="one_open_recharge_per_account"
            ),
            models.UniqueConstraint(fields=["account", "id"], name="a_recharge_is_of_one_account"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="a_closed_recharge_has_a_time",
            ),
        )
        indexes = (models.Index(fields=["due_at"], condition=Q(state="open"), name="recharge_due"),)

    def __str__(self) -> str:
        return f"recharge {self.pk}"


class PaymentQuerySet(models.QuerySet["Payment"]):
    def due(self, *, at: datetime) -> "PaymentQuerySet":
        """Those to be sent to the provider now."""
        return self.filter(state=Payment.State.PENDING, due_at__lte=at)

    def to_look_up(self, *, at: datetime) -> "PaymentQuerySet":
        """Those sent whose answer never came and whose lease has run out."""
        return self.filter(state__in=(Payment.State.SUBMITTING, Payment.State.UNKNOWN), due_at__lte=at)

    def in_flight(self) -> "PaymentQuerySet":
        """Those that may still take money."""
        return self.filter(state__in=Payment.IN_FLIGHT)


class Payment(models.Model):
    """One charge to one card under one key, chosen and stored before the provider is asked."""

    class Kind(models.TextChoices):
        MANUAL = "manual", _("Added by hand")
        AUTOMATIC = "automatic", _("Auto-recharge")

    class State(models.TextChoices):
        PENDING = "pending", _("Processing")
        SUBMITTING = "submitting", _("Being charged")
        REQUIRES_ACTION = "requires_action", _("Needs your bank")
        UNKNOWN = "unknown", _("Being checked")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    IN_FLIGHT = (State.PENDING, State.SUBMITTING, State.REQUIRES_ACTION, State.UNKNOWN)

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payments")
    recharge = models.ForeignKey(Recharge, on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PENDING)
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="payments")
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("amount"), help_text=_("What the lot will hold, without tax."))
    tax = AmountField(_("tax"), default=0)
    refunded = AmountField(_("refunded"), default=0, help_text=_("Of the amount, without tax."))
    provider_ref = models.CharField(_("provider's reference"), max_length=64, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("due at"))
    submitted_at = models.DateTimeField(_("sent to the provider at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    error_code = models.CharField(_("decline code"), max_length=64, blank=True)
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("-pk",)
        constraints = (
            bounded("payment_amount_is_not_negative", "amount", low=0),
            bounded("payment_tax_is_not_negative", "tax", low=0),
            bounded("payment_refunded_is_not_negative", "refunded", low=0),
            models.CheckConstraint(condition=Q(refunded__lte=F("amount")), name="no_more_is_refunded_than_was_paid"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_has_an_amount"),
            # What names a payment names its account with it (migration 0004); lists read it newest first.
            models.UniqueConstraint(fields=["account", "id"], name="a_payment_is_of_one_account"),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=("pending", "submitting", "requires_action", "unknown")),
                name="one_charge_in_flight_per_account",
            ),
            models.CheckConstraint(
                condition=Q(kind="automatic", recharge__isnull=False) | Q(kind="manual", recharge=None),
                name="an_automatic_payment_has_its_recharge",
            ),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(provider_ref__isnull=False, closed_at__isnull=False),
                name="a_succeeded_payment_has_a_reference",
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=("pending", "submitting", "unknown")),
                name="payment_due",
            ),
        )

    def __str__(self) -> str:
        return f"payment {self.key}"

    @property
    def total(self) -> Decimal:
        """What the card is charged: the amount and its tax."""
        total: Decimal = self.amount + self.tax
        return total
