"""What people fill in to rehearse terms of auto-recharge, and how such terms come back to the settings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from credits import rehearsal
from credits.forms import AutoRechargeForm, MoneyField, Range, first_terms, purchase_range
from credits.models import Account
from credits.rehearsal import Terms
from credits.rehearsing import Wish
from subscriptions import money

_DAYS: Final = [("30", _("The last 30 days")), ("90", _("The last 90 days"))]
_LATE: Final = [("0", _("At once")), ("1", _("A day late")), ("3", _("Three days late"))]
_TERMS: Final = ("recharge_amount", "trigger_amount", *rehearsal.CAPS, "before_expiry_days")


class RehearsalForm(AutoRechargeForm):
    """The terms, without their switch, and on what they are rehearsed."""

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        # The settings open beside this form, with fields of the same names.
        super().__init__(*args, account=account, auto_id="rehearsed_%s", **kwargs)
        del self.fields["enabled"]
        highest = purchase_range(account).highest * 100
        span = Range(purchase_range(account).lowest * 0, highest, account.currency)
        self.fields["days"] = forms.ChoiceField(label=_("Usage of"), choices=_DAYS)
        self.fields["late"] = forms.ChoiceField(label=_("The money arrives"), choices=_LATE)
        self.fields["opening"] = MoneyField(
            label=_("Balance at the beginning"),
            span=span,
            required=False,
            help_text=_("Empty: the balance of that day."),
        )
        self.fields["by_hand"] = forms.BooleanField(
            label=_("With funds added by hand and credit that was granted"), required=False
        )

    def asked(self) -> Terms:
        """The terms as a rehearsal takes them."""
        given = self.cleaned_data
        ahead = given.get("before_expiry_days")
        caps = {name: None if (cap := given.get(name)) is None else money.to_micros(cap) for name in rehearsal.CAPS}
        return Terms(
            money.to_micros(given["trigger_amount"]),
            money.to_micros(given["recharge_amount"]),
            ahead=None if ahead is None else timedelta(days=int(ahead)),
            **caps,
        )

    def wish(self) -> Wish:
        """On what they are rehearsed."""
        given = self.cleaned_data
        return Wish(int(given["days"]), given["opening"], timedelta(days=int(given["late"])), given["by_hand"])

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields that are folded away."""
        named = ("days", "recharge_amount", "trigger_amount", "by_hand")
        return [field for field in self if field.name not in named]


def first_rehearsal(account: Account) -> dict[str, Any]:
    """The stored terms on the last thirty days."""
    return {**first_terms(account), "days": "30", "late": "0"}


def proposed(query: Mapping[str, str]) -> dict[str, Any]:
    """Terms that come with an address, for the settings form to begin with; it judges them when they are sent.

    A limit that is named and empty is none.
    """
    found: dict[str, Any] = {name: query[name][:20] for name in _TERMS if name in query}
    return {**found, "enabled": True} if found else {}
