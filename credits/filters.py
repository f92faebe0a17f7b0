"""Forms in the address of a list: every field may be left out, and what makes no sense is said at its field."""

from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from credits import bills
from credits.bills import Wanted
from credits.models import Payment
from subscriptions import periods
from subscriptions.filters import Filter

_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)


class _Day(forms.DateInput):
    input_type = "date"


def _day_field(label: Any) -> forms.DateField:
    outside = _("Choose a day between 2000 and 2199.")
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=_Day(format="%Y-%m-%d"),
        validators=[MinValueValidator(_FIRST_DAY, outside), MaxValueValidator(_LAST_DAY, outside)],
        error_messages={"invalid": _("Enter a day that exists, such as 2026-09-30.")},
    )


class Days(Filter):
    """From one day to another, both included, in the organization's zone."""

    in_address = {"since": "from", "until": "to"}

    since = _day_field(_("From"))
    until = _day_field(_("To"))

    def clean(self) -> dict[str, Any]:
        days = self.cleaned_data
        since, until = days.get("since"), days.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day is before the first one."))
        return days


_STATES: Final = (
    *Payment.State.choices,
    (bills.REFUNDED, _("Refunded, in whole or in part")),
    (bills.DISPUTED, _("Disputed")),
)


class PaymentFilter(Days):
    """Which payments: from one day to another, of a kind, in a state."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *Payment.Kind.choices])
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *_STATES])

    def wanted(self, *, zone: ZoneInfo) -> Wanted:
        """The payments that a valid form asks for; its days are those of the zone."""
        given = self.cleaned_data
        since, until = given["since"], given["until"]
        return Wanted(
            since=datetime.combine(since, time.min, tzinfo=zone).astimezone(UTC) if since else None,
            until=periods.end_of_day(until, zone) if until else None,
            kind=given["kind"],
            state=given["state"],
        )
