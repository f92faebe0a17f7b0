"""What an organization does not want to be called, by whom, or beyond which sum; and the calls that were refused."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subscriptions.fields import AmountField, bounded
from subscriptions.models import Organization, Subscriber, User


class SpendLimit(models.Model):
    """The most that the calls of a subscriber, or of a department together, may cost in a calendar month (UTC)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="spend_limits")
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.PROTECT, null=True, blank=True, related_name="spend_limits"
    )
    department = models.CharField(_("department"), max_length=100, blank=True)
    amount = AmountField(_("most a month"))
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("spend limit")
        verbose_name_plural = _("spend limits")
        constraints = (
            bounded("spend_limit_is_not_negative", "amount", low=0),
            models.CheckConstraint(
                condition=Q(subscriber=None) & ~Q(department="") | Q(subscriber__isnull=False, department=""),
                name="a_spend_limit_is_of_a_subscriber_or_a_department",
            ),
            models.UniqueConstraint(
                fields=["subscriber"], condition=Q(subscriber__isnull=False), name="one_spend_limit_per_subscriber"
            ),
            models.UniqueConstraint(
                fields=["organization", "department"],
                condition=~Q(department=""),
                name="one_spend_limit_per_department",
            ),
        )

    def __str__(self) -> str:
        return f"{self.department or 'subscriber'} {self.amount}"


class DialOutPolicy(models.Model):
    """Where calls and dial-out from conferences may go: of the organization (no subscriber), or of one subscriber."""

    class Conferences(models.TextChoices):
        ANY = "any", _("Any destination")
        SAME_COUNTRY = "same_country", _("Same country or region as the organizer")
        ZONE_A = "zone_a", _("Zone A only")
        NONE = "none", _("Don't allow")

    class Calls(models.TextChoices):
        ANY = "any", _("International and domestic")
        DOMESTIC = "domestic", _("Domestic")
        NONE = "none", _("Don't allow")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="dial_out_policies")
    subscriber = models.OneToOneField(
        Subscriber, on_delete=models.PROTECT, null=True, blank=True, related_name="dial_out_policy"
    )
    conferences = models.CharField(
        _("dial-out from conferences"), max_length=20, choices=Conferences, default=Conferences.ANY
    )
    calls = models.CharField(_("outgoing calls"), max_length=20, choices=Calls, default=Calls.ANY)
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("dial-out policy")
        verbose_name_plural = _("dial-out policies")
        constraints = (
            models.UniqueConstraint(
                fields=["organization"], condition=Q(subscriber=None), name="one_dial_out_policy_per_organization"
            ),
        )

    def __str__(self) -> str:
        return f"{self.conferences}, {self.calls}"


class BlockedDestination(models.Model):
    """Numbers that begin so are not called by anybody of the organization."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="blocked_destinations")
    prefix = models.CharField(_("number begins with"), max_length=16, validators=[RegexValidator(r"^\+[0-9]{1,15}$")])
    note = models.CharField(_("why"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("since"))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("blocked destination")
        verbose_name_plural = _("blocked destinations")
        ordering = ("prefix",)
        constraints = (
            models.UniqueConstraint(fields=["organization", "prefix"], name="one_block_per_organization_and_prefix"),
        )

    def __str__(self) -> str:
        return self.prefix


class BlockedCall(models.Model):
    """A call that was refused before it began, and why."""

    class Reason(models.TextChoices):
        """The codes are the trade's where it has one."""

        NO_CREDIT = "580406", _("No credit left")
        NO_CREDITS_OF_ORGANIZATION = "580462", _("The organization has no Communications Credits")
        NO_LICENCE = "580464", _("No Communications Credits licence")
        NO_RATE = "no_rate", _("No rate for the number")
        SPEND_LIMIT = "spend_limit", _("Spend limit reached")
        DESTINATION = "destination_blocked", _("Destination blocked")
        POLICY = "dial_out_policy", _("Dial-out policy")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="blocked_calls")
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.PROTECT, null=True, blank=True, related_name="blocked_calls"
    )
    session_key = models.CharField(_("session"), max_length=64)
    call_type = models.CharField(_("call type"), max_length=32)
    caller = models.CharField(_("caller id"), max_length=32, blank=True)
    destination = models.CharField(_("destination number"), max_length=32, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("blocked call")
        verbose_name_plural = _("blocked calls")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["organization", "-at", "-id"], name="blocked_call_newest_first"),)

    def __str__(self) -> str:
        return f"{self.reason} {self.session_key}"
