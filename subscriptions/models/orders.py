"""What an organization has ordered. An order is recorded; its fee is billed elsewhere and never charged here."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subscriptions.fields import AmountField, bounded
from subscriptions.models.catalogue import Plan
from subscriptions.models.people import Organization, User


class Order(models.Model):
    """More licences of a plan, asked for once: when, by whom, at which sample price. Never changed afterwards."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="orders")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="orders")
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    quantity = models.PositiveIntegerField(_("licences"))
    price = AmountField(_("price per licence and month"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    placed_at = models.DateTimeField(_("placed at"))
    placed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    placed_by_name = models.CharField(_("placed by"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-pk",)
        constraints = (
            bounded("order_price_is_not_negative", "price", low=0),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="an_order_is_for_something"),
        )

    def __str__(self) -> str:
        return str(self.key)
