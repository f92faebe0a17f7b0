"""A lot: credit from one purchase or grant, with its own expiry."""

from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from subscriptions.fields import AmountField, bounded

#: LotQuerySet.usable in SQL, for the statements that every debit runs; takes the instant twice.
USABLE: Final = "open AND frozen_at IS NULL AND effective_at <= %s::timestamptz AND expires_at > %s::timestamptz"


class LotQuerySet(models.QuerySet["Lot"]):
    def usable(self, *, at: datetime) -> "LotQuerySet":
        """Effective, not frozen and not expired at that instant, whether or not the expiry sweep has run."""
        return self.filter(open=True, frozen_at=None, effective_at__lte=at, expires_at__gt=at)

    def in_spending_order(self) -> "LotQuerySet":
        """Priority, then earliest expiry, then promotional before purchased, then sequence."""
        return self.order_by("priority", "expires_at", "rank", "pk")

    def lapsed(self, *, at: datetime) -> "LotQuerySet":
        """Past their expiry with something left that no hold keeps; the expiry sweep books it."""
        return self.filter(open=True, frozen_at=None, expires_at__lte=at, remaining__gt=F("held"))


class Lot(models.Model):
    """Credit bought or granted at once. `open` says that something is left, for an index that stays small."""

    class Kind(models.TextChoices):
        PURCHASE = "purchase", _("Purchase")
        PROMOTION = "promotion", _("Promotional credit")
        ADJUSTMENT = "adjustment", _("Adjustment")
        CORRECTION = "correction", _("Correction")

    #: Place among lots of equal priority and expiry: promotional credit goes first.
    RANKS = {Kind.PROMOTION: 0, Kind.ADJUSTMENT: 1, Kind.CORRECTION: 1, Kind.PURCHASE: 2}

    # Its indexes begin with the account anyway: one of its own would only cost.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lots", db_index=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    priority = models.SmallIntegerField(_("priority"), default=0)
    rank = models.SmallIntegerField(default=2, editable=False)
    amount = AmountField(_("amount"))
    remaining = AmountField(_("left"))
    held = AmountField(_("held"), default=0)
    expired = AmountField(_("expired"), default=0)
    voided = AmountField(_("taken back"), default=0, help_text=_("Refunded, voided, or lost in a dispute."))
    open = models.BooleanField(default=True, editable=False)
    purchased_at = models.DateTimeField(_("bought"))
    effective_at = models.DateTimeField(_("effective"))
    expires_at = models.DateTimeField(_("expires"))
    frozen_at = models.DateTimeField(_("frozen by a dispute at"), null=True, blank=True)
    disputed_at = models.DateTimeField(_("first disputed at"), null=True, blank=True)
    payment = models.OneToOneField(
        "credits.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="lot"
    )

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = (
            bounded("lot_amount_is_bounded", "amount", low=0),
            bounded("lot_remaining_is_not_negative", "remaining", low=0),
            bounded("lot_held_is_not_negative", "held", low=0),
            bounded("lot_expired_is_not_negative", "expired", low=0),
            bounded("lot_voided_is_not_negative", "voided", low=0),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_lot_has_an_amount"),
            models.CheckConstraint(condition=Q(remaining__lte=F("amount")), name="no_more_remains_than_was_bought"),
            models.CheckConstraint(condition=Q(held__lte=F("remaining")), name="no_more_is_held_than_remains"),
            models.CheckConstraint(
                condition=Q(amount__gte=F("remaining") + F("expired") + F("voided")),
                name="a_lot_loses_no_more_than_it_had",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at=None) | Q(disputed_at__isnull=False, disputed_at__lte=F("frozen_at")),
                name="a_frozen_lot_is_disputed",
            ),
            # What names a lot names its account with it, by a foreign key to both (migration 0004).
            models.UniqueConstraint(fields=["account", "id"], name="a_lot_is_of_one_account"),
            models.CheckConstraint(
                condition=Q(open=True, remaining__gt=0) | Q(open=False, remaining=0), name="open_says_something_is_left"
            ),
            models.CheckConstraint(
                condition=Q(kind="purchase", payment__isnull=False) | (~Q(kind="purchase") & Q(payment=None)),
                name="a_purchased_lot_has_its_payment",
            ),
        )
        indexes = (
            models.Index(
                fields=["account", "priority", "expires_at", "rank", "id"],
                condition=Q(open=True),
                name="lot_spending_order",
            ),
            models.Index(fields=["expires_at"], condition=Q(open=True), name="lot_expiry_due"),
        )

    def __str__(self) -> str:
        return f"lot {self.pk}"
