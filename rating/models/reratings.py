"""Charges that were made anew after a wrong deck or licence: who ordered it, why, and what each call cost before."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.models import Journal
from rating.models.decks import Rate
from rating.models.usage import UsageRecord
from subscriptions.fields import AmountField, bounded
from subscriptions.models import Organization, User


class Rerating(models.Model):
    """All calls of whole months (UTC) of an organization, judged once more in the order in which they were charged."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="reratings")
    first_month = models.DateField(_("from month"))
    last_month = models.DateField(_("to month"))
    why = models.CharField(_("why"), max_length=200)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("re-rating")
        verbose_name_plural = _("re-ratings")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(last_month__gte=F("first_month")), name="a_rerating_ends_after_it_begins"
            ),
        )

    def __str__(self) -> str:
        return f"{self.first_month} - {self.last_month}"


class RerateLine(models.Model):
    """What one call cost before and after; the journal gives back or takes the difference."""

    rerating = models.ForeignKey(Rerating, on_delete=models.PROTECT, related_name="lines")
    record = models.ForeignKey(UsageRecord, on_delete=models.PROTECT, related_name="rerate_lines")
    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="rerate_line")
    state_before = models.CharField(_("state before"), max_length=20, choices=UsageRecord.State)
    charge_before = AmountField(_("charge before"))
    rate_before = models.ForeignKey(Rate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state_after = models.CharField(_("state after"), max_length=20, choices=UsageRecord.State)
    charge_after = AmountField(_("charge after"))
    rate_after = models.ForeignKey(Rate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("line of a re-rating")
        verbose_name_plural = _("lines of re-ratings")
        constraints = (
            bounded("charge_before_is_not_negative", "charge_before", low=0),
            bounded("charge_after_is_not_negative", "charge_after", low=0),
            models.UniqueConstraint(fields=["rerating", "record"], name="one_line_per_rerating_and_call"),
            models.CheckConstraint(
                condition=Q(charge_before=F("charge_after"), journal=None)
                | (~Q(charge_before=F("charge_after")) & Q(journal__isnull=False)),
                name="a_difference_has_its_journal",
            ),
        )

    def __str__(self) -> str:
        return f"{self.charge_before} -> {self.charge_after}"
