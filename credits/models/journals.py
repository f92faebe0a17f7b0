"""The ledger itself: journals of entries, only ever added, and what an uncovered charge still owes."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from credits.models.accounts import Account
from credits.models.lots import Lot
from subscriptions.fields import AmountField, bounded


class Journal(models.Model):
    """One movement of an account: when, why, by how much the balance moved. Its entries sum to that."""

    class Kind(models.TextChoices):
        PURCHASE = "purchase", _("Purchase")
        GRANT = "grant", _("Grant")
        ADJUSTMENT = "adjustment", _("Adjustment")
        USAGE = "usage", pgettext_lazy("what a journal books", "Usage")
        SETTLEMENT = "settlement", _("Overdraft settled")
        CORRECTION = "correction", _("Correction")
        EXPIRY = "expiry", _("Expired")
        REFUND = "refund", _("Refund")
        VOID = "void", _("Void")
        DISPUTE = "dispute", _("Lost dispute")

    # Each index is paid for by every charge: the account's own would repeat two others, and the keys that are nearly
    # always empty have partial ones below.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="journals", db_index=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    key = models.CharField(_("key"), max_length=120, help_text=_("Twice the same key is once."))
    at = models.DateTimeField(_("at"))
    movement = AmountField(_("movement"))
    why = models.CharField(_("why"), max_length=200, blank=True)
    origin = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followers",
        db_index=False,
        help_text=_("The charge that this settles or corrects."),
    )
    payment = models.ForeignKey(
        "credits.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="journals", db_index=False
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        constraints = (
            bounded("journal_movement_is_bounded", "movement"),
            models.UniqueConstraint(fields=["account", "key"], name="one_journal_per_key"),
            # What names a journal names its account with it (migration 0004); lists read it newest first.
            models.UniqueConstraint(fields=["account", "id"], name="a_journal_is_of_one_account"),
            models.CheckConstraint(
                condition=Q(kind__in=("purchase", "grant", "correction"), movement__gt=0)
                | Q(kind__in=("usage", "expiry", "refund", "void", "dispute"), movement__lt=0)
                | Q(kind="adjustment") & ~Q(movement=0)
                | Q(kind="settlement"),
                name="a_movement_goes_the_way_of_its_kind",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("purchase", "refund")) | Q(payment__isnull=False),
                name="a_purchase_or_refund_names_its_payment",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("settlement", "correction"), origin__isnull=False)
                | (~Q(kind__in=("settlement", "correction")) & Q(origin=None)),
                name="a_settlement_or_correction_names_its_charge",
            ),
            models.CheckConstraint(
                condition=~Q(kind="settlement") | Q(movement=0), name="a_settlement_leaves_the_balance"
            ),
            models.CheckConstraint(
                condition=~Q(kind="adjustment") | (Q(actor__isnull=False) & ~Q(why="")),
                name="an_adjustment_names_who_and_why",
            ),
        )
        indexes = tuple(
            models.Index(fields=[key], condition=Q(**{f"{key}__isnull": False}), name=f"journal_by_{key}")
            for key in ("origin", "payment", "actor")
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Entry(models.Model):
    """What a journal did to one lot, or, without a lot, to the overdraft. Never changed, never deleted."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="entries")
    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="entries", db_index=False
    )
    amount = AmountField(_("amount"))

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = (
            bounded("entry_amount_is_bounded", "amount"),
            models.CheckConstraint(condition=~Q(amount=0), name="an_entry_moves_something"),
        )
        # A page of a lot with a million entries begins in the midst of them. What has no lot is found by its journal.
        indexes = (models.Index(fields=["lot", "id"], condition=Q(lot__isnull=False), name="entry_by_lot"),)

    def __str__(self) -> str:
        return f"entry {self.pk}"


class DebtQuerySet(models.QuerySet["Debt"]):
    def oldest_first(self) -> "DebtQuerySet":
        """The order in which money in pays."""
        return self.filter(open=True).order_by("journal_id")


class Debt(models.Model):
    """What a charge took below zero and how much of it is still owed; kept beside the entries for speed."""

    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, primary_key=True, related_name="debt")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debts", db_index=False)
    amount = AmountField(_("amount"))
    remaining = AmountField(_("still owed"))
    open = models.BooleanField(default=True, editable=False)

    objects = DebtQuerySet.as_manager()

    class Meta:
        verbose_name = _("debt")
        verbose_name_plural = _("debts")
        constraints = (
            bounded("debt_amount_is_not_negative", "amount", low=0),
            bounded("debt_remaining_is_not_negative", "remaining", low=0),
            models.CheckConstraint(condition=Q(remaining__lte=F("amount")), name="no_more_is_owed_than_was_taken"),
            models.CheckConstraint(
                condition=Q(open=True, remaining__gt=0) | Q(open=False, remaining=0), name="open_says_something_is_owed"
            ),
        )
        indexes = (models.Index(fields=["account", "journal"], condition=Q(open=True), name="debt_oldest_first"),)

    def __str__(self) -> str:
        return f"debt {self.pk}"
