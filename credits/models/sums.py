"""Journals added up by the quarter of an hour, so that a page over a year costs the same however many calls there are.

Every time zone's midnight falls on a quarter of an hour of UTC, so a day of any organization is a sum of these rows.
Journals are only added, hence what has been added up never changes.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.journals import Journal
from subscriptions.fields import AmountField, bounded


class JournalSum(models.Model):
    """What the journals of one kind moved in one quarter of an hour, which begins at that instant."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="journal_sums", db_index=False)
    begins_at = models.DateTimeField(_("begins at"))
    kind = models.CharField(_("kind"), max_length=20, choices=Journal.Kind)
    movement = AmountField(_("movement"))
    count = models.PositiveIntegerField(_("journals"))

    class Meta:
        verbose_name = _("sum of journals")
        verbose_name_plural = _("sums of journals")
        constraints = (
            bounded("journal_sum_is_bounded", "movement"),
            models.UniqueConstraint(fields=["account", "begins_at", "kind"], name="one_sum_per_quarter_and_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class SummedTo(models.Model):
    """How far an account's journals have been added up: all of those up to this number, none after it."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="summed_to")
    journal_id = models.BigIntegerField(_("journal"), default=0)

    class Meta:
        verbose_name = _("place of the sums")
        verbose_name_plural = _("places of the sums")

    def __str__(self) -> str:
        return str(self.journal_id)
