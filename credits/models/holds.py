"""Holds: credit of named lots kept for a live call, so that two calls never count on the same cent."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.journals import Journal
from credits.models.lots import Lot
from subscriptions.fields import AmountField, bounded


class HoldQuerySet(models.QuerySet["Hold"]):
    def live(self) -> "HoldQuerySet":
        """Those that still keep credit."""
        return self.filter(state=Hold.State.LIVE)

    def lapsed(self, *, at: datetime) -> "HoldQuerySet":
        """Live ones whose time is over; the sweep lets go of their credit."""
        return self.live().filter(expires_at__lte=at)


class Hold(models.Model):
    """What one call keeps back until it ends. The key is the call's; twice the same key is one hold."""

    class State(models.TextChoices):
        LIVE = "live", _("Live")
        SETTLED = "settled", _("Settled")
        RELEASED = "released", _("Released")
        LAPSED = "lapsed", _("Lapsed")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    key = models.CharField(_("key"), max_length=120)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.LIVE)
    amount = AmountField(_("amount held"))
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("lapses at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="hold")

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = (
            bounded("hold_amount_is_not_negative", "amount", low=0),
            models.UniqueConstraint(fields=["account", "key"], name="one_hold_per_key"),
            models.CheckConstraint(
                condition=Q(state="live", closed_at=None) | (~Q(state="live") & Q(closed_at__isnull=False)),
                name="a_closed_hold_has_a_time",
            ),
        )
        indexes = (models.Index(fields=["expires_at"], condition=Q(state="live"), name="hold_lapse_due"),)

    def __str__(self) -> str:
        return f"hold {self.pk}"


class HoldPart(models.Model):
    """What a live hold keeps of one lot; gone when the hold is."""

    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="parts")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="hold_parts")
    amount = AmountField(_("amount"))

    class Meta:
        verbose_name = _("part of a hold")
        verbose_name_plural = _("parts of holds")
        constraints = (
            bounded("hold_part_is_bounded", "amount", low=0),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_hold_part_keeps_something"),
            models.UniqueConstraint(fields=["hold", "lot"], name="one_part_per_hold_and_lot"),
        )

    def __str__(self) -> str:
        return f"part {self.pk}"
