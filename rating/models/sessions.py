"""Calls that were authorized before they began: what each may still use, and every request made for it."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.models import Hold
from rating.models.decks import Rate
from rating.models.usage import UsageRecord
from subscriptions.models import Organization, Subscriber


class CallSessionQuerySet(models.QuerySet["CallSession"]):
    def live(self) -> "CallSessionQuerySet":
        """Those that still keep credit or minutes."""
        return self.filter(state=CallSession.State.LIVE)

    def lapsed(self, *, at: datetime) -> "CallSessionQuerySet":
        """Live ones whose grant is over and was not renewed."""
        return self.live().filter(expires_at__lte=at)


class CallSession(models.Model):
    """One authorized call, from its grant to its end. The key is the caller's own name for it (RFC 8506: Session-Id).

    `minutes` are those kept from pools, by their names; the credit is kept by the hold. A grant ends at `expires_at`
    unless it is renewed; the call can be settled even then.
    """

    class State(models.TextChoices):
        LIVE = "live", _("Live")
        SETTLED = "settled", _("Settled")
        RELEASED = "released", _("Released")
        LAPSED = "lapsed", _("Lapsed")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="call_sessions")
    key = models.CharField(_("session"), max_length=64)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.LIVE)
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.PROTECT, null=True, blank=True, related_name="call_sessions"
    )
    call_type = models.CharField(_("call type"), max_length=32)
    number_type = models.CharField(_("number type"), max_length=16, blank=True)
    caller = models.CharField(_("caller id"), max_length=32, blank=True)
    destination = models.CharField(_("destination number"), max_length=32, blank=True)
    country = models.CharField(_("country or region"), max_length=2, blank=True)
    rate = models.ForeignKey(Rate, on_delete=models.PROTECT, null=True, blank=True, related_name="call_sessions")
    minutes = models.JSONField(_("minutes kept"), default=dict)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="call_session")
    granted_seconds = models.PositiveIntegerField(_("granted seconds"), default=0)
    started_at = models.DateTimeField(_("start time"))
    expires_at = models.DateTimeField(_("grant ends at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    record = models.OneToOneField(
        UsageRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="call_session"
    )

    objects = CallSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("call session")
        verbose_name_plural = _("call sessions")
        constraints = (
            models.UniqueConstraint(fields=["organization", "key"], name="one_call_session_per_key"),
            models.CheckConstraint(
                condition=Q(state="live", closed_at=None) | (~Q(state="live") & Q(closed_at__isnull=False)),
                name="a_closed_call_session_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="settled", record__isnull=False) | (~Q(state="settled") & Q(record=None)),
                name="a_settled_call_session_has_its_record",
            ),
            models.CheckConstraint(condition=Q(expires_at__gte=F("started_at")), name="a_grant_ends_after_it_began"),
        )
        indexes = (
            models.Index(fields=["expires_at"], condition=Q(state="live"), name="call_session_lapse_due"),
            models.Index(fields=["subscriber"], condition=Q(state="live"), name="call_session_of_subscriber"),
        )

    def __str__(self) -> str:
        return self.key


class CallRequest(models.Model):
    """One request for a session and its answer (RFC 8506: CC-Request-Number); the same number again has this answer."""

    class Kind(models.TextChoices):
        AUTHORIZE = "authorize", _("Authorize")
        UPDATE = "update", _("Update")
        SETTLE = "settle", _("Settle")
        RELEASE = "release", _("Release")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="call_requests")
    session_key = models.CharField(_("session"), max_length=64)
    number = models.PositiveIntegerField(_("request number"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    body_hash = models.CharField(max_length=64, editable=False)
    answer = models.JSONField(_("answer"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("call request")
        verbose_name_plural = _("call requests")
        ordering = ("session_key", "number")
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "session_key", "number"], name="one_call_request_per_number"
            ),
        )

    def __str__(self) -> str:
        return f"{self.session_key} {self.number} {self.kind}"
