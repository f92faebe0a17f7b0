"""What keeps an eye on all accounts at once: brakes, runs of the expiry sweep, and the comparison with the provider."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account
from credits.models.payments import Payment
from subscriptions.fields import AmountField, bounded


class Brake(models.Model):
    """Something that must not go on by itself until a person has looked (reliability: 5.1 brakes, 5.5 expiry)."""

    class What(models.TextChoices):
        CHARGES = "charges", _("Automatic charges")
        EXPIRY = "expiry", _("Expiry of lots")

    what = models.CharField(_("what is stopped"), max_length=20, choices=What)
    pulled_at = models.DateTimeField(_("stopped at"))
    why = models.CharField(_("why"), max_length=200)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("what the person found"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("brake")
        verbose_name_plural = _("brakes")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["what"], condition=Q(released_at=None), name="one_brake_at_a_time"),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(released_by__isnull=False), name="a_person_releases_a_brake"
            ),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.pk}"


class ExpiryRun(models.Model):
    """What one run of the expiry sweep took, kept when it took anything: by it a usual day is known."""

    began_at = models.DateTimeField(_("began at"), db_index=True)
    lots = models.PositiveIntegerField(_("lots"))
    amount = models.DecimalField(
        _("amount"), max_digits=24, decimal_places=6, help_text=_("Of all currencies; only ever compared with itself.")
    )

    class Meta:
        verbose_name = _("expiry run")
        verbose_name_plural = _("expiry runs")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=0, amount__lt=10**17), name="an_expiry_run_takes"),
        )

    def __str__(self) -> str:
        return f"expiry run {self.pk}"


class Reconciliation(models.Model):
    """One comparison of the provider's list with ours, both ways."""

    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    since = models.DateTimeField(_("from"))
    charges = models.PositiveIntegerField(_("charges"), default=0)
    refunds = models.PositiveIntegerField(_("refunds"), default=0)
    disputes = models.PositiveIntegerField(_("disputes"), default=0)
    applied = models.PositiveIntegerField(_("brought up to date"), default=0)
    differences = models.PositiveIntegerField(_("differences"), default=0)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"reconciliation {self.pk}"


class Difference(models.Model):
    """Where the provider's word and ours differ and no rule can mend it: a person settles it, with a note."""

    class Kind(models.TextChoices):
        CHARGE = "charge", _("Charge")
        REFUND = "refund", _("Refund")
        DISPUTE = "dispute", _("Dispute")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    ref = models.CharField(_("reference"), max_length=100, help_text=_("The provider's, or our key where it has none."))
    why = models.CharField(_("what differs"), max_length=200)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ours = AmountField(_("ours"), null=True, blank=True)
    theirs = AmountField(_("theirs"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    found_at = models.DateTimeField(_("found at"))
    seen_at = models.DateTimeField(_("last seen at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("what was done"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ("-pk",)
        constraints = (
            bounded("difference_ours_is_bounded", "ours"),
            bounded("difference_theirs_is_bounded", "theirs"),
            models.UniqueConstraint(
                fields=["kind", "ref", "why"], condition=Q(settled_at=None), name="one_open_difference_per_matter"
            ),
        )

    def __str__(self) -> str:
        return f"difference {self.pk}"
