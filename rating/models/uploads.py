"""Files that people hand in on a page: kept in parts until a worker has read them, and what came of it."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subscriptions.models import Organization


class UploadQuerySet(models.QuerySet["Upload"]):
    def due(self, *, at: datetime) -> "UploadQuerySet":
        """Those a worker has something to do with now."""
        return self.filter(state__in=Upload.WORKED_ON, due_at__lte=at)


class Upload(models.Model):
    """One file. A worker checks it first and says what it would do; once somebody confirms, a worker takes it in."""

    class Kind(models.TextChoices):
        USAGE = "usage", _("Usage file")
        LICENCES = "licences", _("License file")
        DECK = "deck", _("Rate deck")

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Waits for you")
        TAKING = "taking", _("Being imported")
        DONE = "done", _("Imported")
        REFUSED = "refused", _("Refused")
        DROPPED = "dropped", _("Dropped")

    WORKED_ON = (State.CHECKING, State.TAKING)

    #: None: a file of the catalogue, which is nobody's.
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="uploads"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.CHECKING)
    name = models.CharField(_("file name"), max_length=255)
    size = models.PositiveBigIntegerField(_("bytes"))
    checksum = models.CharField(_("sha-256"), max_length=64)
    options = models.JSONField(_("options"), default=dict, blank=True)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(_("due at"))
    #: Of the step that is running: lines read so far, and lines there are (0 while nobody knows).
    done_lines = models.PositiveIntegerField(_("lines done"), default=0)
    all_lines = models.PositiveIntegerField(_("lines in all"), default=0)
    found = models.JSONField(_("what the check found"), default=dict, blank=True)
    outcome = models.JSONField(_("what came of it"), default=dict, blank=True)
    refusal = models.TextField(_("why it was refused"), blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    #: When the parts were thrown away (thirty days after the upload, or at its end).
    emptied_at = models.DateTimeField(_("contents deleted at"), null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="deck", organization=None) | (~Q(kind="deck") & Q(organization__isnull=False)),
                name="only_a_rate_deck_is_nobodys",
            ),
            models.CheckConstraint(
                condition=Q(all_lines=0) | Q(done_lines__lte=F("all_lines")), name="no_more_is_done_than_there_is"
            ),
        )

    def __str__(self) -> str:
        return self.name


class UploadPart(models.Model):
    """A piece of an upload, at most a mebibyte."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField(_("number"))
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("part of an upload")
        verbose_name_plural = _("parts of uploads")
        constraints = (models.UniqueConstraint(fields=["upload", "number"], name="one_part_per_number"),)

    def __str__(self) -> str:
        return str(self.number)
