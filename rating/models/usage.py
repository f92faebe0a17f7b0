"""Calls as they came in, what became of them, and how many minutes of each pool are used up."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.models import Journal
from rating.models.decks import Rate
from subscriptions.fields import AmountField, bounded
from subscriptions.models import Organization, Subscriber


class UsageFile(models.Model):
    """One import of a usage file; the counts are those of its last line, and are there once it has finished.

    Accepted: every row has been read, and nothing in the file stands against charging it. Only a large file, which
    takes its calls in many steps, is ever between the two; the same bytes again go on where it stopped.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="usage_files")
    name = models.CharField(_("file name"), max_length=255)
    checksum = models.CharField(_("sha-256"), max_length=64)
    imported_at = models.DateTimeField(_("imported at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    repeated = models.PositiveIntegerField(_("already there"), default=0)
    quarantined = models.PositiveIntegerField(_("quarantined"), default=0)

    class Meta:
        verbose_name = _("usage file")
        verbose_name_plural = _("usage files")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(rows=F("new") + F("repeated") + F("quarantined")), name="every_row_is_counted_once"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(accepted_at__isnull=False), name="a_finished_file_was_accepted"
            ),
        )

    def __str__(self) -> str:
        return self.name


class UsageRecordQuerySet(models.QuerySet["UsageRecord"]):
    def due(self, *, at: datetime) -> "UsageRecordQuerySet":
        """Those accepted but not yet charged whose next try has come."""
        return self.filter(state=UsageRecord.State.WAITING, due_at__lte=at)

    def in_order_of_calls(self) -> "UsageRecordQuerySet":
        """(start time, usage id): the one order in which calls are charged."""
        return self.order_by("started_at", "usage_id")


class UsageRecord(models.Model):
    """One finished call. (organization, source, usage id) is one charge, for ever."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        FREE = "free", _("Free")
        COVERED = "covered", _("Covered by minutes")
        CHARGED = "charged", _("Charged")
        FREECALL = "FREECALL", _("Free: no rate found")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="usage_records")
    source = models.CharField(_("source"), max_length=40)
    usage_id = models.CharField(_("usage id"), max_length=64)
    body_hash = models.CharField(max_length=64, editable=False)
    file = models.ForeignKey(UsageFile, on_delete=models.PROTECT, null=True, blank=True, related_name="records")
    call_id = models.CharField(_("call id"), max_length=64, blank=True)
    conference_id = models.CharField(_("conference id"), max_length=64, blank=True)
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.PROTECT, null=True, blank=True, related_name="usage_records"
    )
    call_type = models.CharField(_("call type"), max_length=32)
    number_type = models.CharField(_("number type"), max_length=16, blank=True)
    caller = models.CharField(_("caller id"), max_length=32, blank=True)
    destination = models.CharField(_("destination number"), max_length=32, blank=True)
    user_location = models.CharField(_("usage location"), max_length=2, blank=True)
    capability = models.CharField(_("capability"), max_length=32, blank=True)
    started_at = models.DateTimeField(_("start time"))
    ended_at = models.DateTimeField(_("end time"))
    seconds = models.PositiveIntegerField(_("duration in seconds"))
    received_at = models.DateTimeField(_("received at"))
    due_at = models.DateTimeField(_("due at"))

    state = models.CharField(_("state"), max_length=20, choices=State, default=State.WAITING)
    minutes = models.PositiveIntegerField(_("billed minutes"), default=0)
    covered_minutes = models.PositiveIntegerField(_("minutes from a pool"), default=0)
    #: Which pools gave how many of the covered minutes: `name=minutes`, the first asked first, parted by semicolons.
    covered_by = models.CharField(_("covered by"), max_length=300, blank=True, default="", db_default="")
    country = models.CharField(_("country or region"), max_length=2, blank=True)
    rate = models.ForeignKey(Rate, on_delete=models.PROTECT, null=True, blank=True, related_name="usage_records")
    charge = AmountField(_("charge"), default=0)
    journal = models.OneToOneField(
        Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="usage_record"
    )
    charged_at = models.DateTimeField(_("charged at"), null=True, blank=True)
    unlicensed = models.BooleanField(_("subscriber without a credits licence"), default=False)
    licence_differs = models.BooleanField(_("row names another licence"), default=False)

    objects = UsageRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("usage record")
        verbose_name_plural = _("usage records")
        constraints = (
            bounded("usage_charge_is_not_negative", "charge", low=0),
            models.UniqueConstraint(fields=["organization", "source", "usage_id"], name="one_usage_record_per_id"),
            models.CheckConstraint(
                condition=Q(covered_minutes__lte=F("minutes")), name="no_more_is_covered_than_was_used"
            ),
            models.CheckConstraint(condition=Q(state="charged") | Q(charge=0), name="only_a_charged_call_costs"),
            models.CheckConstraint(condition=Q(charge=0) | Q(journal__isnull=False), name="a_charge_has_its_journal"),
            models.CheckConstraint(
                condition=Q(state="waiting", charged_at=None) | (~Q(state="waiting") & Q(charged_at__isnull=False)),
                name="a_rated_call_has_a_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["organization", "started_at", "usage_id"],
                condition=Q(state="waiting"),
                name="usage_waiting",
            ),
            models.Index(fields=["organization", "-started_at", "-id"], name="usage_newest_first"),
            models.Index(
                fields=["subscriber", "started_at"], condition=Q(charge__gt=0), name="usage_spent_by_subscriber"
            ),
        )

    def __str__(self) -> str:
        return self.usage_id


class QuarantinedRow(models.Model):
    """A row of a file that could not be taken: where, what was given, what was expected."""

    file = models.ForeignKey(UsageFile, on_delete=models.PROTECT, related_name="quarantine")
    line = models.PositiveIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=60)
    given = models.CharField(_("given"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    raw = models.JSONField(_("row"), default=dict)

    class Meta:
        verbose_name = _("quarantined row")
        verbose_name_plural = _("quarantined rows")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"line {self.line}"


class PoolUse(models.Model):
    """Minutes used of one pool in one calendar month (UTC); changes only under the account's lock."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="pool_uses")
    month = models.DateField(_("month"))
    pool = models.CharField(_("pool"), max_length=80, help_text=_("Usage location, plan and counter."))
    used = models.PositiveIntegerField(_("minutes used"), default=0)
    held = models.PositiveIntegerField(_("minutes kept for live calls"), default=0, db_default=0)

    class Meta:
        verbose_name = _("pool use")
        verbose_name_plural = _("pool uses")
        constraints = (
            models.UniqueConstraint(fields=["organization", "month", "pool"], name="one_row_per_pool_and_month"),
        )

    def __str__(self) -> str:
        return f"{self.pool} {self.month}"
