"""The rounds of automatic charges."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from subscriptions.fields import AmountField, bounded


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

    class Reason(models.TextChoices):
        TRIGGER = "trigger", _("The balance fell below the trigger amount")
        BEFORE_EXPIRY = "before_expiry", _("Credit is about to expire")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="recharges")
    reason = models.CharField(
        _("reason"), max_length=20, choices=Reason, default=Reason.TRIGGER, db_default=Reason.TRIGGER.value
    )
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
