"""Fields for amounts, whole numbers and cards, each strict, each with an error that says what would do."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from credits import limits
from credits.models import Account
from subscriptions import money as exact
from subscriptions.templatetags.money import amount_plain, money

#: Groups of three figures with a comma between them.
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")


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


def purchase_range(account: Account) -> Range:
    """How much one purchase of the account may be."""
    allowed = limits.of(account.currency)
    return Range(allowed.minimum, allowed.maximum, account.currency)


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
        if meant := self._meant(typed):
            said = _("Enter an amount of %(span)s, in figures without signs: %(figures)s, if that is meant.")
            raise forms.ValidationError(said, code="not_figures", params={"span": self.span.words, "figures": meant})
        if not self._figures.fullmatch(typed) or not self.span.lowest <= Decimal(typed) <= self.span.highest:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return Decimal(typed)

    def _meant(self, typed: str) -> str:
        """What was probably meant by an amount with a sign or with separators; it is only said, never taken."""
        bare = typed.strip("$€£¥ ")
        plain = bare.replace(",", "") if _THOUSANDS.fullmatch(bare) else bare.replace(",", ".", 1)
        return plain if plain != typed and self._figures.fullmatch(plain) else ""

    def prepare_value(self, value: Any) -> Any:
        return amount_plain(value, self.span.currency) if isinstance(value, Decimal) else value


class WholeField(forms.CharField):
    """A whole number in ASCII figures within a range; cleans to an int, or None when empty.

    `int()` would also take `1_0`, `１２` and `+7`.
    """

    widget = forms.TextInput

    def __init__(self, *, span: range, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.span = span
        wrong = format_lazy(_("Enter a whole number from {least} to {most}."), least=span[0], most=span[-1])
        self.error_messages.update(invalid=wrong, required=wrong)
        self.widget.attrs.update({"class": "amount-field", "inputmode": "numeric", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        if not typed:
            return None
        if not _WHOLE.fullmatch(typed) or int(typed) not in self.span:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return int(typed)


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
