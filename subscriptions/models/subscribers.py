"""People with a phone, the licences they hold, and the numbers of the organization itself."""

from datetime import date, datetime

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subscriptions import periods
from subscriptions.models.catalogue import Plan
from subscriptions.models.people import Organization

_INTERNATIONAL = RegexValidator(r"^\+[0-9]{3,15}$")


class Subscriber(models.Model):
    """A person with a phone. Known by object id, else by UPN; made unlicensed when usage names a stranger."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="subscribers")
    object_id = models.UUIDField(_("object id"), null=True, blank=True)
    upn = models.CharField(_("user principal name"), max_length=128, blank=True)
    display_name = models.CharField(_("display name"), max_length=128, blank=True)
    usage_location = models.CharField(_("usage location"), max_length=2, blank=True)
    department = models.CharField(_("department"), max_length=100, blank=True, default="", db_default="")
    #: For "call me at": the person's own mobile, where a conference may ring.
    mobile = models.CharField(
        _("own mobile"), max_length=16, blank=True, default="", db_default="", validators=[_INTERNATIONAL]
    )
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "object_id"],
                condition=Q(object_id__isnull=False),
                name="one_subscriber_per_object_id",
            ),
            models.UniqueConstraint(
                fields=["organization", "upn"], condition=~Q(upn=""), name="one_subscriber_per_upn"
            ),
            models.CheckConstraint(
                condition=Q(object_id__isnull=False) | ~Q(upn=""), name="a_subscriber_is_known_by_something"
            ),
        )
        indexes = (models.Index(fields=["organization", "display_name", "id"], name="subscribers_by_name"),)

    def __str__(self) -> str:
        return self.display_name or self.upn or str(self.object_id)


class LicenceQuerySet(models.QuerySet["Licence"]):
    def active_in_month(self, month: date) -> "LicenceQuerySet":
        """Those held at any time of the calendar month (UTC) that begins on that day."""
        following = periods.add_months(month, 1)
        return self.filter(
            Q(assigned_on=None) | Q(assigned_on__lt=following), Q(removed_on=None) | Q(removed_on__gt=month)
        )

    def active(self, *, at: datetime) -> "LicenceQuerySet":
        """Those held on the instant's UTC day."""
        day = at.date()
        return self.filter(Q(assigned_on=None) | Q(assigned_on__lte=day), Q(removed_on=None) | Q(removed_on__gt=day))


class Licence(models.Model):
    """That a subscriber holds a plan, from a day (empty: since before our records) until a day (empty: still)."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="licences")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="licences")
    assigned_on = models.DateField(_("assigned on"), null=True, blank=True)
    removed_on = models.DateField(_("removed on"), null=True, blank=True)

    objects = LicenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        constraints = (
            models.UniqueConstraint(
                fields=["subscriber", "plan"], condition=Q(removed_on=None), name="one_held_licence_per_plan"
            ),
            models.CheckConstraint(
                condition=Q(removed_on=None) | Q(assigned_on=None) | Q(removed_on__gte=models.F("assigned_on")),
                name="a_licence_is_not_removed_before_it_is_assigned",
            ),
        )

    def __str__(self) -> str:
        return f"{self.assigned_on or '…'} - {self.removed_on or '…'}"


class ServiceNumber(models.Model):
    """A number of the organization itself (conference bridge, auto attendant, call queue)."""

    class Kind(models.TextChoices):
        TOLL = "toll", _("Toll number")
        TOLL_FREE = "toll_free", _("Toll-free number")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="service_numbers")
    number = models.CharField(_("number"), max_length=16, validators=[_INTERNATIONAL])
    country = models.CharField(_("country or region"), max_length=2)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    label = models.CharField(_("label"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("service number")
        verbose_name_plural = _("service numbers")
        constraints = (
            models.UniqueConstraint(fields=["organization", "number"], name="one_service_number_per_organization"),
        )

    def __str__(self) -> str:
        return self.number
