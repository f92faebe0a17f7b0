"""The charges made to cards, each under a key of its own, and what happened to each."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.methods import PaymentMethod
from credits.models.recharges import Recharge
from subscriptions.fields import AmountField, bounded


class PaymentQuerySet(models.QuerySet["Payment"]):
    def due(self, *, at: datetime) -> "PaymentQuerySet":
        """Those to be sent to the provider now."""
        return self.filter(state=Payment.State.PENDING, due_at__lte=at)

    def to_look_up(self, *, at: datetime) -> "PaymentQuerySet":
        """Those sent whose answer never came and whose lease has run out."""
        return self.filter(state__in=(Payment.State.SUBMITTING, Payment.State.UNKNOWN), due_at__lte=at)

    def unconfirmed(self, *, at: datetime) -> "PaymentQuerySet":
        """Those that waited for the bank until their time was over; to be cancelled at the provider."""
        return self.filter(state=Payment.State.REQUIRES_ACTION, due_at__lte=at)

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
    #: From which states a payment may come into each. The last row's two closed ones: the provider, asked again, says
    #: that the money did arrive (reliability: B88); a lot is owed for it.
    ARROWS = {
        State.PENDING: (State.SUBMITTING,),
        State.SUBMITTING: (State.PENDING, State.UNKNOWN),
        State.UNKNOWN: (State.SUBMITTING, State.REQUIRES_ACTION),
        State.REQUIRES_ACTION: (State.SUBMITTING, State.UNKNOWN),
        State.FAILED: (State.SUBMITTING, State.UNKNOWN, State.REQUIRES_ACTION),
        State.CANCELLED: (State.PENDING, State.REQUIRES_ACTION),
        State.SUCCEEDED: (State.SUBMITTING, State.UNKNOWN, State.REQUIRES_ACTION, State.FAILED, State.CANCELLED),
    }

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payments")
    recharge = models.ForeignKey(Recharge, on_delete=models.PROTECT, null=True, blank=True, related_name="payments")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PENDING)
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="payments")
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("amount"), help_text=_("What the lot will hold, without tax."))
    tax = AmountField(_("tax"), default=0, help_text=_("Charged on top of the amount."))
    tax_percent = models.DecimalField(_("tax rate, %"), max_digits=6, decimal_places=3, default=0, db_default=0)
    tax_included = models.BooleanField(_("the amount includes tax"), default=False, db_default=False)
    purchase_order = models.CharField(_("purchase-order number"), max_length=50, blank=True, default="", db_default="")
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
            models.CheckConstraint(
                condition=Q(tax_percent__gte=0, tax_percent__lt=100), name="a_tax_rate_is_a_percentage"
            ),
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
                condition=Q(state__in=("pending", "submitting", "unknown", "requires_action")),
                name="payment_due",
            ),
            models.Index(fields=["submitted_at"], condition=Q(kind="automatic"), name="automatic_by_time"),
        )

    def __str__(self) -> str:
        return f"payment {self.key}"

    @property
    def total(self) -> Decimal:
        """What the card is charged: the amount and its tax."""
        total: Decimal = self.amount + self.tax
        return total


class PaymentStep(models.Model):
    """One thing that happened to a payment: its timeline, only ever added to. `state` is what it came to."""

    class Source(models.TextChoices):
        ORDER = "order", _("Ordered")
        WORKER = "worker", _("Worker")
        ANSWER = "answer", _("The provider's answer")
        WEBHOOK = "webhook", _("The provider's message")
        LOOK_UP = "look_up", _("Looked up")
        RECONCILIATION = "reconciliation", _("Reconciliation")
        PERSON = "person", _("A person")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField(_("at"))
    was = models.CharField(_("before"), max_length=20, choices=Payment.State, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=Payment.State)
    source = models.CharField(_("told by"), max_length=20, choices=Source)
    detail = models.CharField(_("detail"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("payment step")
        verbose_name_plural = _("payment steps")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"step {self.pk}"
