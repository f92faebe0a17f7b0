"""A level of the balance at which an admin wants to be told."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.forms.fields import MoneyField, Range, purchase_range
from credits.models import Account
from subscriptions import money


class LevelForm(forms.Form):
    """One level, from the smallest unit of the currency to the greatest purchase."""

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least = Decimal(1).scaleb(-money.places(account.currency))
        span = Range(least, purchase_range(account).highest, account.currency)
        self.fields["amount"] = MoneyField(label=_("Warn me at"), span=span, help_text=span.words)
