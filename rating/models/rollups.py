"""Usage added up by day, so that a report over a month costs the same however many calls there are."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from rating.models.usage import UsageRecord
from subscriptions.fields import AmountField, bounded
from subscriptions.models import Organization


class RollUp(models.Model):
    """That an organization's usage days are complete, and in which time zone they were counted.

    Without the row there are none yet; with another zone than the organization's they are to be made anew.
    """

    organization = models.OneToOneField(
        Organization, on_delete=models.PROTECT, primary_key=True, related_name="roll_up"
    )
    time_zone = models.CharField(_("time zone"), max_length=64)
    built_at = models.DateTimeField(_("built at"))

    class Meta:
        verbose_name = _("roll-up")
        verbose_name_plural = _("roll-ups")

    def __str__(self) -> str:
        return self.time_zone


class UsageDay(models.Model):
    """The calls of one day that came to the same end: rated calls only, by the day on which they started.

    Changes under the account's lock, in the transaction that rates a call or rates it again.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="usage_days", db_index=False)
    on = models.DateField(_("day"))
    call_type = models.CharField(_("call type"), max_length=32)
    country = models.CharField(_("country or region"), max_length=2, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=UsageRecord.State)
    calls = models.PositiveIntegerField(_("calls"))
    seconds = models.PositiveBigIntegerField(_("seconds"))
    minutes = models.PositiveBigIntegerField(_("billed minutes"))
    covered_minutes = models.PositiveBigIntegerField(_("minutes from a pool"))
    charge = AmountField(_("charge"))

    class Meta:
        verbose_name = _("day of usage")
        verbose_name_plural = _("days of usage")
        constraints = (
            bounded("usage_day_charge_is_not_negative", "charge", low=0),
            models.UniqueConstraint(
                fields=["organization", "on", "call_type", "country", "state"], name="one_row_per_day_and_kind_of_call"
            ),
        )

    def __str__(self) -> str:
        return f"{self.on} {self.call_type}"
