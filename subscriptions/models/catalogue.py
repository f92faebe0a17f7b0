"""What can be subscribed to, what it costs, how many minutes it brings, and who has it."""

from datetime import date

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscriptions.fields import AmountField, bounded
from subscriptions.models.people import Organization


class Plan(models.Model):
    """A product of the catalogue, named by its licence code (trade: the plans)."""

    class Category(models.TextChoices):
        CALLING_PLAN = "calling_plan", _("Calling Plan")
        AUDIO_CONFERENCING = "audio_conferencing", _("Audio Conferencing")
        PHONE_SYSTEM = "phone_system", _("Phone System")
        CREDITS = "credits", _("Communications Credits")

    code = models.CharField(_("licence code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_zh_hant = models.CharField(_("name in Traditional Chinese"), max_length=100, blank=True)
    category = models.CharField(_("category"), max_length=30, choices=Category)
    summary = models.TextField(_("summary"), blank=True)
    summary_zh_hant = models.TextField(_("summary in Traditional Chinese"), blank=True)
    pooled = models.BooleanField(_("minutes are pooled"), default=True)
    pay_as_you_go = models.BooleanField(_("pay as you go"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    not_sold_in = models.CharField(
        _("not sold in"),
        max_length=1000,
        blank=True,
        default="",
        db_default="",
        help_text=_("Codes of countries or regions, parted by spaces."),
    )

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.code

    def _in_language(self, english: str, chinese: str) -> str:
        return chinese if chinese and (get_language() or "").startswith("zh") else english

    def is_sold_in(self, country: str) -> bool:
        """If organizations of that country can order the plan."""
        return country not in self.not_sold_in.split()

    @property
    def title(self) -> str:
        """The name in the language of the page."""
        return self._in_language(self.name, self.name_zh_hant)

    @property
    def description(self) -> str:
        """The summary in the language of the page."""
        return self._in_language(self.summary, self.summary_zh_hant)


class PlanPriceQuerySet(models.QuerySet["PlanPrice"]):
    def in_force(self, *, on: date) -> "PlanPriceQuerySet":
        """The newest price of each plan and currency that has begun by that day."""
        begun = self.filter(effective_on__lte=on)
        return begun.order_by("plan_id", "currency", "-effective_on").distinct("plan_id", "currency")


class PlanPrice(models.Model):
    """A sample list price per licence and month, from a day on. Fees are never charged to credits."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("price per licence and month"))
    effective_on = models.DateField(_("effective on"))

    objects = PlanPriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan price")
        verbose_name_plural = _("plan prices")
        constraints = (
            bounded("plan_price_is_not_negative", "amount", low=0),
            models.UniqueConstraint(fields=["plan", "currency", "effective_on"], name="one_plan_price_per_day"),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class PlanMinutesQuerySet(models.QuerySet["PlanMinutes"]):
    def in_force(self, *, on: date) -> "PlanMinutesQuerySet":
        """The newest allotment of each plan and usage location that has begun by that day."""
        begun = self.filter(effective_on__lte=on)
        return begun.order_by("plan_id", "usage_location", "-effective_on").distinct("plan_id", "usage_location")


class PlanMinutes(models.Model):
    """Minutes one licence brings per calendar month, from a day on; a blank location means everywhere else."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="minutes")
    usage_location = models.CharField(_("usage location"), max_length=2, blank=True)
    domestic = models.PositiveIntegerField(_("domestic minutes"), default=0)
    international = models.PositiveIntegerField(_("international minutes"), default=0)
    conference = models.PositiveIntegerField(_("conference dial-out minutes"), default=0)
    effective_on = models.DateField(_("effective on"))

    objects = PlanMinutesQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan minutes")
        verbose_name_plural = _("plan minutes")
        constraints = (
            models.UniqueConstraint(
                fields=["plan", "usage_location", "effective_on"], name="one_allotment_per_plan_location_and_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.usage_location or '*'} {self.effective_on}"


class Subscription(models.Model):
    """That an organization has a plan, and how many licences of it."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        CANCELLED = "cancelled", _("Cancelled")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="subscriptions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    quantity = models.PositiveIntegerField(_("licences"), null=True, blank=True, help_text=_("Empty means unlimited."))
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.ACTIVE)
    started_at = models.DateTimeField(_("started at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = (
            models.UniqueConstraint(fields=["organization", "plan"], name="one_subscription_per_organization_and_plan"),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.pk}"
