"""What we tell people: a notice is the fact, a delivery is one copy of it to one address."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subscriptions.models import Organization


class NoticeQuerySet(models.QuerySet["Notice"]):
    def due(self, *, at: datetime) -> "NoticeQuerySet":
        """Those not yet turned into deliveries."""
        return self.filter(addressed_at=None, withdrawn_at=None, due_at__lte=at)


class Notice(models.Model):
    """One thing to tell an organization, once: the key names the occasion."""

    class Kind(models.TextChoices):
        RECHARGE_PAID = "recharge_paid", _("Recharge succeeded")
        RECHARGE_FAILED = "recharge_failed", _("Recharge failed")
        BELOW_ZERO = "below_zero", _("Balance below zero")
        MINUTES_LOW = "minutes_low", _("Minutes nearly used up")
        MINUTES_USED = "minutes_used", _("Minutes used up")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(_("kind"), max_length=40, choices=Kind)
    key = models.CharField(_("occasion"), max_length=100)
    facts = models.JSONField(_("facts"), default=dict)
    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("due at"))
    addressed_at = models.DateTimeField(_("addressed at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("no longer true since"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-created_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["organization", "kind", "key"], name="one_notice_per_occasion"),)
        indexes = (
            models.Index(fields=["due_at"], condition=Q(addressed_at=None, withdrawn_at=None), name="notice_waiting"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, *, at: datetime) -> "DeliveryQuerySet":
        """Those to be sent now: waiting, and those whose sender's lease ran out."""
        return self.filter(state__in=(Delivery.State.WAITING, Delivery.State.SENDING), due_at__lte=at)


class Delivery(models.Model):
    """One copy of a notice to one address. `due_at` is the lease: whoever moves it on may send."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    address = models.EmailField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    error = models.CharField(_("last error"), max_length=500, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["notice", "address"], name="one_delivery_per_notice_and_address"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent"), name="a_sent_delivery_has_a_time"
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=Q(state__in=("waiting", "sending")), name="delivery_waiting"),
        )

    def __str__(self) -> str:
        return self.address
