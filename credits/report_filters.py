"""Forms in the address of the reports: which lots, and which days."""

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.filters import Days
from subscriptions.filters import Filter

#: The longest span of days that is shown at once.
_LONGEST: Final = timedelta(days=731)
_USUAL: Final = "90"


class LotFilter(Filter):
    """Which lots: all, those with something left, those without."""

    state = forms.ChoiceField(
        label=_("Lots"),
        required=False,
        choices=[("", _("All")), ("open", _("With something left")), ("closed", _("Used up, expired or taken back"))],
    )

    def is_open(self) -> bool | None:
        """What a valid form asks for; None is all."""
        return {"open": True, "closed": False}.get(self.cleaned_data["state"])


class BalanceFilter(Days):
    """Which days: the last so many, or from one day to another, two years at most."""

    days = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=[("30", _("Last 30 days")), (_USUAL, _("Last 90 days")), ("365", _("Last 365 days"))],
    )

    field_order = ("days", "since", "until")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        since, until = given.get("since"), given.get("until")
        if since and until and until - since > _LONGEST:
            self.add_error("until", _("Choose two years at most."))
        return given

    @property
    def chosen(self) -> str:
        """The period that is shown, as its choice is written; empty for days of one's own."""
        own = self.cleaned_data["since"] or self.cleaned_data["until"]
        return "" if own else self.cleaned_data["days"] or _USUAL

    def period(self, *, today: date) -> tuple[date, date]:
        """The first and the last day that a valid form asks for. A day of one's own goes before the period."""
        length = timedelta(days=int(self.cleaned_data["days"] or _USUAL) - 1)
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        if since and not until:
            return since, min(today, since + _LONGEST)
        last = until or today
        return since or last - length, last
