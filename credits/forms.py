"""What people fill in about money. Amounts are read strictly: no float, no rounding, no clever guesses."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from credits import limits, recharges
from credits.models import Account
from subscriptions import money as exact
from subscriptions.templatetags.money import amount_plain, money

#: A cap may be this many times the greatest purchase; it only has to keep the column from overflowing.
_CAP_TIMES: Final = 100


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that an amount may be, in a currency."""

    lowest: Decimal
    highest: Decimal
    currency: str

    @property
    def words(self) -> str:
        """`$50.00 to $10,000.00`, said in the language of the page."""
        return _("%(lowest)s to %(highest)s") % {
            "lowest": money(self.lowest, self.currency),
            "highest": money(self.highest, self.currency),
        }


class MoneyField(forms.CharField):
    """An amount in ASCII figures, with no more places than the currency has; cleans to a Decimal, or None when empty.

    `Decimal()` would also take `NaN`, `1_000`, `１２` and `1e3` (reliability B59). Every error names least and most.
    """

    widget = forms.TextInput

    def __init__(self, *, span: Range, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.span = span
        wrong = format_lazy(
            _("Enter an amount of {span}, in figures such as {example}."), span=span.words, example=self._example()
        )
        self.error_messages.update(invalid=wrong, required=wrong)
        self.widget.attrs.update({"class": "amount-field", "inputmode": "decimal", "autocomplete": "off"})
        places = exact.places(span.currency)
        self._figures = re.compile(rf"[0-9]{{1,12}}(\.[0-9]{{1,{places}}})?" if places else r"[0-9]{1,12}")

    def _example(self) -> str:
        return amount_plain(self.span.lowest or 20, self.span.currency)

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        if not typed:
            return None
        if not self._figures.fullmatch(typed) or not self.span.lowest <= Decimal(typed) <= self.span.highest:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return Decimal(typed)

    def prepare_value(self, value: Any) -> Any:
        return amount_plain(value, self.span.currency) if isinstance(value, Decimal) else value


class CardField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """One of the account's own cards that may be charged."""

    def __init__(self, account: Account, **kwargs: Any) -> None:
        super().__init__(
            label=_("Payment method"),
            queryset=account.payment_methods.chargeable(),
            empty_label=None,
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose a card."),
                "invalid_choice": _("This card cannot be charged. Choose another one."),
            },
            **kwargs,
        )


def purchase_range(account: Account) -> Range:
    """How much one purchase of the account may be."""
    allowed = limits.of(account.currency)
    return Range(allowed.minimum, allowed.maximum, account.currency)


class AddFundsForm(forms.Form):
    """How much, and by which card. An amount of one's own counts before a preset. Cleans to `amount` and `method`."""

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
    """What the review page sends: the key minted for it, the amount and the card. Price and currency are ours."""

    key = forms.UUIDField()

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(span=purchase_range(account))
        self.fields["method"] = CardField(account)


class AutoRechargeForm(forms.Form):
    """The terms of auto-recharge; a trigger above the recharge amount is allowed."""

    enabled = forms.BooleanField(
        label=_("Auto-recharge"), required=False, widget=forms.CheckboxInput(attrs={"role": "switch"})
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        step = purchase_range(account)
        self.fields["recharge_amount"] = MoneyField(
            label=_("Recharge with"), span=step, help_text=format_lazy(_("{span} for each step."), span=step.words)
        )
        self.fields["trigger_amount"] = MoneyField(
            label=_("When the balance falls below"), span=Range(Decimal(0), step.highest, account.currency)
        )
        self.fields["monthly_cap"] = MoneyField(
            label=_("At most in a month"),
            span=Range(step.lowest, step.highest * _CAP_TIMES, account.currency),
            required=False,
            help_text=_("Leave it empty for no limit. Funds added by hand count too, but are never refused by it."),
        )

    def clean(self) -> dict[str, Any]:
        """A cap has to leave room for one step."""
        cleaned = super().clean() or {}
        cap, step = cleaned.get("monthly_cap"), cleaned.get("recharge_amount")
        if cap is not None and step is not None and cap < step:
            self.refuse_cap()
        return cleaned

    def refuse_cap(self) -> None:
        """Say that cap and recharge amount do not go together, by the names of both fields."""
        labels = {"cap": self.fields["monthly_cap"].label, "step": self.fields["recharge_amount"].label}
        self.add_error("monthly_cap", _("“%(cap)s” must not be less than “%(step)s”.") % labels)

    def terms(self) -> recharges.Terms:
        """The cleaned terms as the rules want them."""
        return recharges.Terms(**self.cleaned_data)


def first_terms(account: Account) -> dict[str, Any]:
    """What the auto-recharge form shows first: the stored terms, the step within the currency's limits."""
    terms, lowest = account.auto_recharge, limits.of(account.currency).minimum
    return {
        "enabled": terms.enabled,
        "recharge_amount": max(terms.recharge_amount, lowest),
        "trigger_amount": terms.trigger_amount,
        "monthly_cap": terms.monthly_cap,
    }


def first_funds(account: Account, *, amount: str, method: str) -> dict[str, Any]:
    """What the add-funds form shows first: what was asked for before, else the smallest preset and the first card."""
    presets = [f"{preset:f}" for preset in limits.of(account.currency).presets]
    whole = amount.removesuffix("." + "0" * exact.places(account.currency))
    cards = account.payment_methods.chargeable()
    card = cards.filter(pk=method).first() if method.isascii() and method.isdecimal() else None
    return {
        "preset": whole if whole in presets else "" if amount else presets[0],
        "amount": "" if whole in presets else amount,
        "method": card or cards.first(),
    }
