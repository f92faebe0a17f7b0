"""The terms of auto-recharge as people fill them in."""

from itertools import combinations
from typing import Any, Final

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from credits import limits, recharges
from credits.forms.fields import MoneyField, Range, WholeField, purchase_range
from credits.models import Account

#: A cap may be this many times the greatest purchase; it only has to keep the column from overflowing.
_CAP_TIMES: Final = 100
_CAPS: Final = {
    "daily_cap": _("At most in a day"),
    "weekly_cap": _("At most in a week"),
    "monthly_cap": _("At most in a month"),
}


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
            label=_("When the balance falls below"), span=Range(step.lowest * 0, step.highest, account.currency)
        )
        cap = Range(step.lowest, step.highest * _CAP_TIMES, account.currency)
        for name, label in _CAPS.items():
            self.fields[name] = MoneyField(label=label, span=cap, required=False, help_text=_("Empty: no limit."))
        self.fields["before_expiry_days"] = WholeField(
            label=_("Recharge so many days before credit expires"),
            span=recharges.DAYS_AHEAD,
            required=False,
            help_text=_("1 to 60. What expires within these days counts as gone. Empty: not before it has expired."),
        )

    def clean(self) -> dict[str, Any]:
        """Each cap has to leave room for one step, and a longer period's for that of a shorter one."""
        cleaned = super().clean() or {}
        step = cleaned.get("recharge_amount")
        for name in _CAPS:
            cap = cleaned.get(name)
            if cap is not None and step is not None and cap < step:
                self.refuse_cap(name)
        for shorter, longer in combinations(_CAPS, 2):
            few, many = cleaned.get(shorter), cleaned.get(longer)
            if few is not None and many is not None and few > many:
                self.refuse_caps(shorter, longer)
        return cleaned

    def refuse_caps(self, shorter: str, longer: str) -> None:
        """Say that the limit of a shorter period never counts above that of a longer one."""
        labels = {"shorter": self.fields[shorter].label, "longer": self.fields[longer].label}
        if shorter not in self.errors:
            self.add_error(shorter, _("“%(shorter)s” must not be more than “%(longer)s”.") % labels)

    def refuse_cap(self, name: str) -> None:
        """Say that this cap and the recharge amount do not go together, by the names of both fields."""
        labels = {"cap": self.fields[name].label, "step": self.fields["recharge_amount"].label}
        self.add_error(name, _("“%(cap)s” must not be less than “%(step)s”.") % labels)

    def terms(self) -> recharges.Terms:
        """The cleaned terms as the rules want them."""
        return recharges.Terms(**self.cleaned_data)

    @property
    def caps(self) -> list[forms.BoundField]:
        """The limits, from the shortest period to the longest."""
        return [self[name] for name in _CAPS]


def first_terms(account: Account) -> dict[str, Any]:
    """What the auto-recharge form shows first: the stored terms, the step within the currency's limits."""
    stored = recharges.terms_of(account.auto_recharge)
    lowest = limits.of(account.currency).minimum
    first = {name: getattr(stored, name) for name in recharges.Terms.__slots__}
    return {**first, "recharge_amount": max(stored.recharge_amount, lowest)}
