"""Published rates: a deck is an immutable, dated price list."""

from datetime import date

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subscriptions.fields import AmountField, bounded


class RateDeckQuerySet(models.QuerySet["RateDeck"]):
    def published(self) -> "RateDeckQuerySet":
        """Those that may price calls."""
        return self.filter(published_at__isnull=False)

    def in_force(self, *, service: str, currency: str, on: date) -> "RateDeckQuerySet":
        """Published decks of that service and currency that have begun by that day, the newest first."""
        begun = self.published().filter(service=service, currency=currency, effective_on__lte=on)
        return begun.order_by("-effective_on")


class RateDeck(models.Model):
    """One dated price list of one service in one currency. Once published neither it nor its rates change."""

    class Service(models.TextChoices):
        OUTBOUND = "outbound", _("Outbound calls")
        INBOUND_TOLL_FREE = "inbound_toll_free", _("Inbound toll-free calls")
        CONFERENCE = "conference", _("Conference dial-out")

    name = models.CharField(_("name"), max_length=100)
    service = models.CharField(_("service"), max_length=30, choices=Service)
    currency = models.CharField(_("currency"), max_length=3)
    effective_on = models.DateField(_("effective on"))
    checksum = models.CharField(_("sha-256 of the file"), max_length=64)
    sample = models.BooleanField(_("sample rates"), default=False)
    created_at = models.DateTimeField(_("created at"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects = RateDeckQuerySet.as_manager()

    class Meta:
        verbose_name = _("rate deck")
        verbose_name_plural = _("rate decks")
        ordering = ("-effective_on", "service")
        constraints = (
            models.UniqueConstraint(
                fields=["service", "currency", "effective_on"],
                condition=Q(published_at__isnull=False),
                name="one_published_deck_per_service_currency_and_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.effective_on})"


class Rate(models.Model):
    """One row of a deck. Outbound: by prefix. Inbound toll-free: by the country of the number, prefix empty."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", _("Mobile")
        LANDLINE = "landline", _("Landline")
        MIXED = "mixed", _("Mixed")
        NON_GEOGRAPHIC = "non-geographic", _("Non-geographic")
        TOLL_FREE = "toll-free", _("Toll-free")

    deck = models.ForeignKey(RateDeck, on_delete=models.PROTECT, related_name="rates")
    prefix = models.CharField(_("prefix"), max_length=15, blank=True, validators=[RegexValidator(r"^[0-9]*$")])
    country = models.CharField(_("country or region"), max_length=2)
    destination = models.CharField(_("destination"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    per_minute = AmountField(_("price per minute"))
    connection_fee = AmountField(_("connection fee"), default=0)

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        ordering = ("prefix", "country")
        constraints = (
            bounded("rate_per_minute_is_not_negative", "per_minute", low=0),
            bounded("connection_fee_is_not_negative", "connection_fee", low=0),
            models.UniqueConstraint(
                fields=["deck", "prefix"], condition=~Q(prefix=""), name="one_rate_per_deck_and_prefix"
            ),
            models.UniqueConstraint(
                fields=["deck", "country"], condition=Q(prefix=""), name="one_rate_per_deck_and_country"
            ),
        )

    def __str__(self) -> str:
        return f"{self.prefix or self.country} {self.per_minute}"
