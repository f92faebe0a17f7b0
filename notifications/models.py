"""What we tell people: a notice is the fact, a delivery is one copy of it to one address."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
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
        RECHARGE_PAUSED = "recharge_paused", _("Auto-recharge paused")
        NEEDS_BANK = "needs_bank", _("Your bank asks you to confirm")
        FUNDS_ADDED = "funds_added", _("Funds added")
        REFUNDED = "refunded", _("Refund")
        REFUND_DECLINED = "refund_declined", _("Refund declined")
        DISPUTED = "disputed", _("Payment disputed")
        BALANCE_LOW = "balance_low", _("Balance at a level of yours")
        BELOW_ZERO = "below_zero", _("Balance below zero")
        LOT_EXPIRES = "lot_expires", _("Credit expires")
        CARD_EXPIRES = "card_expires", _("Card expires")
        TERMS_CHANGED = "terms_changed", _("Auto-recharge settings changed")
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
        BOUNCED = "bounced", _("Refused by the address")
        FAILED = "failed", _("Failed")

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    address = models.EmailField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    copies = models.PositiveSmallIntegerField(
        _("copies asked for"), default=1, db_default=1, help_text=_("More than one when a person had it sent again.")
    )
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


class NoticeRoles(models.Model):
    """Which roles of an organization are told one kind of notice. No row: those of `recipients.ROLES`."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="notice_roles")
    kind = models.CharField(_("kind"), max_length=40, choices=Notice.Kind)
    roles = models.JSONField(_("roles"), default=list)

    class Meta:
        verbose_name = _("recipients by role")
        verbose_name_plural = _("recipients by role")
        constraints = (models.UniqueConstraint(fields=["organization", "kind"], name="one_choice_of_roles_per_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ExtraAddress(models.Model):
    """An address beyond the members that is told too: everything, or the kinds it names."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="extra_addresses")
    address = models.EmailField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    kinds = models.JSONField(_("kinds"), default=list, blank=True, help_text=_("Empty: all."))
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("extra address")
        verbose_name_plural = _("extra addresses")
        ordering = ("address",)
        constraints = (
            models.UniqueConstraint("organization", Lower("address"), name="one_extra_address_per_organization"),
        )

    def __str__(self) -> str:
        return self.address


class MailPolicy(models.Model):
    """How an organization wants its mail. No row: receipts are attached."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="mail_policy")
    attach_receipts = models.BooleanField(_("attach receipts as PDF"), default=True)

    class Meta:
        verbose_name = _("mail policy")
        verbose_name_plural = _("mail policies")

    def __str__(self) -> str:
        return f"mail policy {self.pk}"
