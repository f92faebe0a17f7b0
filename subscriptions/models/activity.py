"""Who did what: one row for each change a person or a task made."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from subscriptions.models.people import Organization, User


class Activity(models.Model):
    """One thing that happened to an organization, in words of the trade. Written by `activity.record` only."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="activities")
    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    actor_name = models.CharField(_("who"), max_length=254, blank=True)
    action = models.CharField(_("action"), max_length=64)
    facts = models.JSONField(_("facts"), default=dict, blank=True)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["organization", "-at", "-id"], name="activity_newest_first"),)

    def __str__(self) -> str:
        return self.action
