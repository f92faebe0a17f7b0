"""Published rates: a deck is an immutable, dated price list."""

from datetime import date

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subscriptions.fields import AmountField, bounded
from subscriptions.models.people import is_zone


class RateDeckQuerySet(models.QuerySet["RateDeck"]):
    def published(self) -> "RateDeckQuerySet":
        """Those that may price calls."""
        return self.filter(published_at__isnull=False)

    def standing(self) -> "RateDeckQuerySet":
        """Published and not withdrawn."""
        return self.published().filter(withdrawn_at=None)

    def in_force(self, *, service: str, currency: str, on: date) -> "RateDeckQuerySet":
        """Standing decks of that service and currency that have begun by that day, the newest first."""
        begun = self.standing().filter(service=service, currency=currency, effective_on__lte=on)
        return begun.order_by("-effective_on")


class RateDeck(models.Model):
    """One dated price list of one service in one currency. Once published neither it nor its rates change.

    It may only be withdrawn, once: when it has priced nothing, or by the deck that takes its day (`replaces`).
    """

    class Service(models.TextChoices):
        OUTBOUND = "outbound", _("Outbound calls")
        INBOUND_TOLL_FREE = "inbound_toll_free", _("Inbound toll-free calls")
        CONFERENCE = "conference", _("Conference dial-out")

    name = models.CharField(_("name"), max_length=100)
    service = models.CharField(_("service"), max_length=30, choices=Service)
    currency = models.CharField(_("currency"), max_length=3)
    effective_on = models.DateField(_("effective on"))
    zone = models.CharField(_("time zone of its windows"), max_length=40, default="UTC", validators=[is_zone])
    checksum = models.CharField(_("sha-256 of the file"), max_length=64)
    sample = models.BooleanField(_("sample rates"), default=False)
    created_at = models.DateTimeField(_("created at"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )

    objects = RateDeckQuerySet.as_manager()

    class Meta:
        verbose_name = _("rate deck")
        verbose_name_plural = _("rate decks")
        ordering = ("-effective_on", "service")
        constraints = (
            models.UniqueConstraint(
                fields=["service", "currency", "effective_on"],
                condition=Q(published_at__isnull=False, withdrawn_at=None),
                name="one_published_deck_per_service_currency_and_day",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(published_at__isnull=False),
                name="only_a_published_deck_is_withdrawn",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.effective_on})"


class Rate(models.Model):
    """One row of a deck. Outbound: by prefix. Inbound toll-free: by the country of the number, prefix empty.

    `slots` (empty: one slot of whole minutes at `per_minute`) and `window` (empty: always) are written as in the deck's
    file. The rows of one prefix differ by window, and together cover the week once.
    """

    class Kind(models.TextChoices):
        MOBILE = "mobile", _("Mobile")
        LANDLINE = "landline", _("Landline")
        MIXED = "mixed", _("Mixed")
        NON_GEOGRAPHIC = "non-geographic", _("Non-geographic")
        TOLL_FREE = "toll-free", _("Toll-free")

    class Rounding(models.TextChoices):
        UP = "up", _("up")
        MIDDLE = "middle", _("to the nearest, half up")
        DOWN = "down", _("down")

    deck = models.ForeignKey(RateDeck, on_delete=models.PROTECT, related_name="rates")
    prefix = models.CharField(_("prefix"), max_length=15, blank=True, validators=[RegexValidator(r"^[0-9]*$")])
    country = models.CharField(_("country or region"), max_length=2)
    destination = models.CharField(_("destination"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    per_minute = AmountField(_("price per minute"))
    connection_fee = AmountField(_("connection fee"), default=0)
    slots = models.CharField(_("slots"), max_length=300, blank=True, db_default="", default="")
    window = models.CharField(_("window"), max_length=60, blank=True, db_default="", default="")
    min_cost = AmountField(_("least cost of a call"), null=True, blank=True)
    max_cost = AmountField(_("greatest cost of a call"), null=True, blank=True)
    rounding = models.CharField(
        _("rounding"), max_length=6, choices=Rounding, default=Rounding.MIDDLE, db_default="middle"
    )
    decimals = models.SmallIntegerField(_("decimals"), default=4, db_default=4)

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        ordering = ("prefix", "country")
        constraints = (
            bounded("rate_per_minute_is_not_negative", "per_minute", low=0),
            bounded("connection_fee_is_not_negative", "connection_fee", low=0),
            bounded("least_cost_is_not_negative", "min_cost", low=0),
            bounded("greatest_cost_is_not_negative", "max_cost", low=0),
            models.CheckConstraint(
                condition=Q(decimals__gte=-4, decimals__lte=6), name="a_cost_has_at_most_six_places"
            ),
            models.UniqueConstraint(
                fields=["deck", "prefix", "window"],
                condition=~Q(prefix=""),
                name="one_rate_per_deck_prefix_and_window",
            ),
            models.UniqueConstraint(
                fields=["deck", "country", "window"],
                condition=Q(prefix=""),
                name="one_rate_per_deck_country_and_window",
            ),
        )

    def __str__(self) -> str:
        return f"{self.prefix or self.country} {self.per_minute}"
