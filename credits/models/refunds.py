"""Money given back to a card: asked for by staff, or found to have been given back at the provider."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.holds import Hold
from credits.models.payments import Payment
from subscriptions.fields import AmountField, bounded


class RefundQuerySet(models.QuerySet["Refund"]):
    def due(self, *, at: datetime) -> "RefundQuerySet":
        """Those to be sent to the provider, or to be looked up there, now."""
        return self.filter(state__in=Refund.IN_FLIGHT, due_at__lte=at)

    def in_flight(self) -> "RefundQuerySet":
        """Those that may still give money back."""
        return self.filter(state__in=Refund.IN_FLIGHT)


class Refund(models.Model):
    """The unspent part of one payment's lot on its way back to the card, kept by a hold until the provider answers."""

    class Origin(models.TextChoices):
        STAFF = "staff", _("Asked for by staff")
        PROVIDER = "provider", _("Made at the provider")

    class State(models.TextChoices):
        PENDING = "pending", _("Processing")
        SUBMITTING = "submitting", _("Being refunded")
        UNKNOWN = "unknown", _("Being checked")
        SUCCEEDED = "succeeded", _("Refunded")
        FAILED = "failed", _("Failed")

    IN_FLIGHT = (State.PENDING, State.SUBMITTING, State.UNKNOWN)

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="refund")
    origin = models.CharField(_("origin"), max_length=20, choices=Origin)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PENDING)
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    amount = AmountField(_("amount"), help_text=_("Without tax: what the lot loses."))
    tax = AmountField(_("tax"), default=0)
    provider_ref = models.CharField(_("provider's reference"), max_length=64, null=True, blank=True, unique=True)
    why = models.CharField(_("reason"), max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("due at"))
    submitted_at = models.DateTimeField(_("sent to the provider at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ("-pk",)
        constraints = (
            bounded("refund_amount_is_not_negative", "amount", low=0),
            bounded("refund_tax_is_not_negative", "tax", low=0),
            models.UniqueConstraint(fields=["account", "id"], name="a_refund_is_of_one_account"),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(state__in=("pending", "submitting", "unknown")),
                name="one_refund_in_flight_per_payment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("succeeded", "failed"), closed_at__isnull=False)
                | Q(state__in=("pending", "submitting", "unknown"), closed_at=None),
                name="a_closed_refund_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(origin="provider") | Q(asked_by__isnull=False), name="a_refund_of_ours_has_an_author"
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"], condition=Q(state__in=("pending", "submitting", "unknown")), name="refund_due"
            ),
        )

    def __str__(self) -> str:
        return f"refund {self.key}"


class RefundRequest(models.Model):
    """That an admin of the organization asks staff to give a payment back; staff answer it, once."""

    class Answer(models.TextChoices):
        GIVEN = "given", _("Given back")
        DECLINED = "declined", _("Declined")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="refund_requests")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refund_requests")
    why = models.CharField(_("reason"), max_length=500)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(_("answer"), max_length=20, choices=Answer, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    said = models.CharField(_("what the organization is told"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["payment"], condition=Q(answered_at=None), name="one_open_refund_request_per_payment"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="an_answered_request_has_an_answer",
            ),
        )

    def __str__(self) -> str:
        return f"refund request {self.pk}"
