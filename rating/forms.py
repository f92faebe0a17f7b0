"""What people ask the lists of calls and of rates for."""

from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from rating import words
from rating.listing import Wanted
from rating.models import RateDeck, UsageRecord
from subscriptions import periods

#: The longest time a list covers, and what it covers when nothing is asked: older calls are not even accepted.
LONGEST_MONTHS: Final = 13
_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)


class _Filter(forms.Form):
    """A form in the address: every field may be left out, what is wrong is said at its field."""

    #: Names that the address uses where Python cannot.
    in_address: dict[str, str] = {}

    def full_clean(self) -> None:
        super().full_clean()
        for name, field in self.fields.items():
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            wrong = " is-invalid" if name in self.errors else ""
            field.widget.attrs["class"] = f"{kind}{wrong}"
            if wrong and isinstance(field.widget, forms.DateInput):
                # A browser shows no text in a date field that is not a day; then nobody sees what is wrong.
                field.widget.input_type = "text"

    def add_prefix(self, field_name: str) -> str:
        return self.in_address.get(field_name, field_name)


class _Search(forms.TextInput):
    input_type = "search"


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


class UsageFilter(_Filter):
    """Which calls: from one day to another (both included, in the organization's zone), type, state, who or where."""

    in_address = {"since": "from", "until": "to", "call_type": "type", "text": "q"}

    since = _day_field(_("From"))
    until = _day_field(_("To"))
    call_type = forms.ChoiceField(
        label=_("Call type"), required=False, choices=[("", _("All")), *words.CALL_TYPES.items()]
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *UsageRecord.State.choices])
    text = forms.CharField(label=_("Number or subscriber"), required=False, max_length=64, widget=_Search())

    def __init__(self, *args: Any, numbers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not numbers:
            self.fields["text"].label = _("Subscriber")

    def clean(self) -> dict[str, Any]:
        days = self.cleaned_data
        since, until = days.get("since"), days.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day is before the first one."))
        elif since and until and until >= periods.add_months(since, LONGEST_MONTHS):
            self.add_error("until", _("Choose at most 13 months."))
        return days

    def wanted(self, *, zone: ZoneInfo, now: datetime) -> Wanted:
        """The calls that a valid form asks for. A missing day is as far from the other, or from today, as allowed."""
        given = self.cleaned_data
        until = given["until"]
        if until is None and given["since"] is None:
            until = now.astimezone(zone).date()
        elif until is None:
            until = periods.add_months(given["since"], LONGEST_MONTHS)
        since = given["since"] or periods.add_months(until, -LONGEST_MONTHS)
        return Wanted(
            since=datetime.combine(since, time.min, tzinfo=zone).astimezone(UTC),
            until=periods.end_of_day(until, zone),
            call_type=given["call_type"],
            state=given["state"],
            text=given["text"],
        )


class RateFilter(_Filter):
    """Which rates: of a service, for a number, a country or a destination."""

    in_address = {"text": "q"}

    text = forms.CharField(
        label=_("Number or country"),
        required=False,
        max_length=64,
        widget=_Search(attrs={"placeholder": "+886 2 …"}),
    )

    def chosen_service(self) -> RateDeck.Service:
        """The service asked for: outbound calls, unless it is inbound toll-free."""
        inbound = RateDeck.Service.INBOUND_TOLL_FREE
        return inbound if self.data.get("service") == inbound else RateDeck.Service.OUTBOUND
