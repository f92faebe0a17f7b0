"""Add funds: how much, by which card, under which purchase order; and the order as the review page sends it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from credits import limits
from credits.forms.fields import CardField, MoneyField, purchase_range
from credits.models import Account
from subscriptions import money as exact
from subscriptions.forms import PurchaseOrderField
from subscriptions.templatetags.money import money


class AddFundsForm(forms.Form):
    """How much, and by which card. An amount of one's own counts before a preset. Cleans to an order without a key."""

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        presets = [(f"{preset:f}", money(preset, account.currency)) for preset in limits.of(account.currency).presets]
        self.account, self.span = account, purchase_range(account)
        self.fields["preset"] = forms.ChoiceField(
            label=_("Amount"), choices=presets, required=False, widget=forms.RadioSelect
        )
        self.fields["amount"] = MoneyField(
            label=_("Another amount"),
            span=self.span,
            required=False,
            help_text=format_lazy(_("{span}. It counts instead of the choice above."), span=self.span.words),
        )
        self.fields["method"] = CardField(account)
        self.fields["purchase_order"] = PurchaseOrderField(
            help_text=_("If your accounts department wants one: it stands on the receipt.")
        )

    def clean(self) -> dict[str, Any]:
        """Settle on one amount."""
        cleaned = super().clean() or {}
        if cleaned.get("amount") is None and "amount" not in self.errors and "preset" not in self.errors:
            if cleaned.get("preset"):
                cleaned["amount"] = Decimal(cleaned["preset"])
            else:
                self.add_error("amount", self.fields["amount"].error_messages["required"])
        return cleaned


class OrderForm(forms.Form):
    """What the review page sends: the key minted for it, amount, card and purchase order. Price and tax are ours."""

    key = forms.UUIDField()
    purchase_order = PurchaseOrderField()

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(span=purchase_range(account))
        self.fields["method"] = CardField(account)


def first_funds(
    account: Account, *, amount: str, method: str, purchase_order: str | None, least: Decimal
) -> dict[str, Any]:
    """What the form shows first: what was asked for before, else the first card and the smallest preset of `least`."""
    presets = [f"{preset:f}" for preset in limits.of(account.currency).presets]
    first = next((preset for preset in presets if Decimal(preset) >= least), "")
    whole = amount.removesuffix("." + "0" * exact.places(account.currency))
    cards = account.payment_methods.chargeable()
    card = cards.filter(pk=method).first() if method.isascii() and method.isdecimal() else None
    return {
        "preset": whole if whole in presets else "" if amount else first,
        "amount": "" if whole in presets else amount,
        "method": card or cards.first(),
        "purchase_order": account.organization.purchase_order if purchase_order is None else purchase_order,
    }
