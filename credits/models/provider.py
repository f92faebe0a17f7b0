"""What the payment provider told us by webhook, stored before it is handled."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ProviderEventQuerySet(models.QuerySet["ProviderEvent"]):
    def due(self, *, at: datetime) -> "ProviderEventQuerySet":
        """Those not yet handled."""
        return self.filter(handled_at=None, due_at__lte=at)


class ProviderEvent(models.Model):
    """One event of the provider, once by its id, whatever the order and however often it is sent."""

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("Applied")
        IGNORED = "ignored", _("Ignored")
        QUARANTINED = "quarantined", _("Quarantined")

    event_ref = models.CharField(_("event"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=100)
    payload = models.JSONField(_("payload"))
    received_at = models.DateTimeField(_("received at"))
    due_at = models.DateTimeField(_("due at"))
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, blank=True)
    why = models.CharField(_("why"), max_length=200, blank=True)

    objects = ProviderEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        ordering = ("-pk",)
        indexes = (models.Index(fields=["due_at"], condition=Q(handled_at=None), name="provider_event_due"),)

    def __str__(self) -> str:
        return self.event_ref
