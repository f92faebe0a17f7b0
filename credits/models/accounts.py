"""The account of an organization and the terms on which it recharges itself."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subscriptions.fields import AmountField, bounded
from subscriptions.models import Organization


class Account(models.Model):
    """What an organization has. Its row is the lock under which everything of the account changes."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="account")
    currency = models.CharField(_("currency"), max_length=3)
    balance = AmountField(_("settled balance"), default=0)
    overdraft = AmountField(_("overdraft"), default=0)
    held = AmountField(_("held"), default=0)
    below_zero_at = models.DateTimeField(_("below zero since"), null=True, blank=True)
    frozen_at = models.DateTimeField(
        _("automatic charging frozen at"), null=True, blank=True, help_text=_("Set when the ledger check fails.")
    )
    customer_ref = models.CharField(_("provider's customer"), max_length=64, blank=True)
    receipts = models.PositiveIntegerField(
        _("receipts issued"), default=0, db_default=0, help_text=_("The number of the last one; none is left out.")
    )
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = (
            bounded("account_balance_is_bounded", "balance"),
            bounded("account_overdraft_is_not_negative", "overdraft", low=0),
            bounded("account_held_is_not_negative", "held", low=0),
        )

    def __str__(self) -> str:
        return f"account {self.pk}"


class AutoRecharge(models.Model):
    """The terms: when available falls below the trigger, charge the card in steps of the recharge amount."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="auto_recharge")
    enabled = models.BooleanField(_("auto-recharge"), default=False)
    trigger_amount = AmountField(_("when the balance falls below"), default=20)
    recharge_amount = AmountField(_("recharge with"), default=50)
    daily_cap = AmountField(_("at most in a day"), null=True, blank=True)
    weekly_cap = AmountField(_("at most in a week"), null=True, blank=True)
    monthly_cap = AmountField(_("at most in a month"), null=True, blank=True)
    before_expiry_days = models.PositiveSmallIntegerField(
        _("recharge so many days before credit expires"),
        null=True,
        blank=True,
        help_text=_("As if what expires within these days were gone already. Empty: not before it has expired."),
    )
    failed_rounds = models.PositiveSmallIntegerField(_("failed rounds in a row"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)

    class Meta:
        verbose_name = _("auto-recharge terms")
        verbose_name_plural = _("auto-recharge terms")
        constraints = (
            bounded("trigger_amount_is_not_negative", "trigger_amount", low=0),
            bounded("recharge_amount_is_not_negative", "recharge_amount", low=0),
            bounded("daily_cap_is_not_negative", "daily_cap", low=0),
            bounded("weekly_cap_is_not_negative", "weekly_cap", low=0),
            bounded("monthly_cap_is_not_negative", "monthly_cap", low=0),
            models.CheckConstraint(
                condition=Q(enabled=False) | Q(recharge_amount__gt=0), name="an_enabled_recharge_adds_something"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{cap: None}) | Q(**{f"{cap}__gte": F("recharge_amount")}), name=name
                )
                for cap, name in (
                    ("daily_cap", "the_daily_cap_leaves_room_for_one_recharge"),
                    ("weekly_cap", "the_weekly_cap_leaves_room_for_one_recharge"),
                    ("monthly_cap", "the_cap_leaves_room_for_one_recharge"),
                )
            ),
            models.CheckConstraint(
                condition=Q(before_expiry_days=None) | Q(before_expiry_days__range=(1, 60)),
                name="a_recharge_before_expiry_is_near_it",
            ),
        )

    def __str__(self) -> str:
        return f"terms {self.pk}"

    def may_charge(self, *, at: datetime) -> bool:
        """If these terms allow a charge now: on, not paused, not waiting for the next try."""
        waits = self.next_try_at is not None and self.next_try_at > at
        return self.enabled and self.paused_at is None and not waits
