"""What is remembered of looking at a balance: why it did (not) recharge, and which of the admin's levels it passed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.recharges import Recharge
from subscriptions.fields import AmountField, bounded


class Evaluation(models.Model):
    """Whether auto-recharge charged, and why not. The same outcome again moves the same row: `last_at` and `times`."""

    class Outcome(models.TextChoices):
        REQUESTED = "requested", _("A recharge was requested")
        ALREADY_OPEN = "already_open", _("A recharge was on its way already")
        IN_FLIGHT = "in_flight", _("Another payment was on its way")
        OFF = "off", _("Auto-recharge was off")
        PAUSED = "paused", _("Auto-recharge was paused")
        WAITING = "waiting", _("The next try was not due yet")
        NO_CARD = "no_card", _("There was no card to charge")
        FROZEN = "frozen", _("The account is being checked; nothing is charged meanwhile")
        BRAKE = "brake", _("All automatic charges were stopped for a check")
        ABOVE_TRIGGER = "above_trigger", _("The balance was over the trigger amount again")
        CAP_REACHED = "cap_reached", _("A limit on automatic charges left no room")
        CHARGED = "charged", _("The card was charged")
        DECLINED = "declined", _("The card was declined")
        NEEDS_BANK = "needs_bank", _("The bank asked for a confirmation")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="evaluations", db_index=False)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome)
    first_at = models.DateTimeField(_("first"))
    last_at = models.DateTimeField(_("last"))
    times = models.PositiveIntegerField(_("times"), default=1)
    available = AmountField(_("available"))
    trigger_amount = AmountField(_("trigger amount"))
    recharge = models.ForeignKey(
        Recharge, on_delete=models.PROTECT, null=True, blank=True, related_name="evaluations", db_index=False
    )
    detail = models.CharField(_("detail"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        ordering = ("-pk",)
        constraints = (
            bounded("evaluation_available_is_bounded", "available"),
            bounded("evaluation_trigger_is_not_negative", "trigger_amount", low=0),
            models.CheckConstraint(condition=Q(times__gte=1), name="an_evaluation_happened"),
        )
        indexes = (models.Index(fields=["account", "-id"], name="evaluation_of_account"),)

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"


class BalanceLevel(models.Model):
    """A level of the admin's own at which somebody is told: approaching (125 %), below, recovered (110 %)."""

    class State(models.TextChoices):
        QUIET = "quiet", _("Above")
        APPROACHING = "approaching", _("Approaching")
        BELOW = "below", _("Below")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="levels", db_index=False)
    amount = AmountField(_("level"))
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.QUIET)
    crossings = models.PositiveIntegerField(_("times left"), default=0, help_text=_("Counts each leaving of quiet."))

    class Meta:
        verbose_name = _("balance level")
        verbose_name_plural = _("balance levels")
        ordering = ("-amount",)
        constraints = (
            bounded("level_is_not_negative", "amount", low=0),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_level_is_above_zero"),
            models.UniqueConstraint(fields=["account", "amount"], name="one_level_per_amount"),
        )

    def __str__(self) -> str:
        return f"level {self.pk}"
