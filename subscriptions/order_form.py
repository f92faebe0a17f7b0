"""What people fill in to order licences, and what the review hands to the order."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subscriptions import orders


class QuantityForm(forms.Form):
    """How many licences."""

    quantity = forms.IntegerField(
        label=_("Number of licenses"),
        min_value=1,
        max_value=orders.MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "amount-field"}),
        help_text=_("One for each person who gets the plan, at most 100,000 in one order."),
        error_messages={
            "invalid": _("Enter a whole number, without commas or spaces."),
            "min_value": _("Order at least 1 license."),
            "max_value": _("Order at most 100,000 licenses at once."),
        },
    )


class PlaceForm(forms.Form):
    """The order as it was reviewed. Its key was minted for one page: however often that is sent, it is one order."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    quantity = forms.IntegerField(min_value=1, max_value=orders.MOST, widget=forms.HiddenInput)
    price = forms.DecimalField(required=False, min_value=0, max_digits=18, decimal_places=6, widget=forms.HiddenInput)

    def as_ordered(self) -> dict[str, Any]:
        """Key, quantity and reviewed price as the rule wants them."""
        return {name: self.cleaned_data[name] for name in ("key", "quantity", "price")}
