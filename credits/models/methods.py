"""Cards, as the provider knows them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import Account


class PaymentMethodQuerySet(models.QuerySet["PaymentMethod"]):
    def active(self) -> "PaymentMethodQuerySet":
        """Those that may be charged, the default first."""
        return self.filter(removed_at=None).order_by("position", "pk")

    def chargeable(self) -> "PaymentMethodQuerySet":
        """Active ones that no hard decline has taken out."""
        return self.active().filter(refused_at=None)


class PaymentMethod(models.Model):
    """A card as the provider knows it. No number is ever here: brand, last four and expiry only."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payment_methods")
    provider_ref = models.CharField(_("provider's reference"), max_length=64, unique=True)
    brand = models.CharField(_("brand"), max_length=20)
    last4 = models.CharField(_("last four digits"), max_length=4)
    exp_month = models.PositiveSmallIntegerField(_("expiry month"))
    exp_year = models.PositiveSmallIntegerField(_("expiry year"))
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    added_at = models.DateTimeField(_("added at"))
    refused_at = models.DateTimeField(_("refused for good at"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        constraints = (models.UniqueConstraint(fields=["account", "id"], name="a_card_is_of_one_account"),)

    def __str__(self) -> str:
        return f"{self.brand.title()} •••• {self.last4}"
