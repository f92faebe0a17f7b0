"""What people ask the lists of calls and of rates for, and the limits they set."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.filters import Days
from credits.forms import MoneyField, Range
from rating import words
from rating.listing import Wanted
from rating.models import BlockedCall, DialOutPolicy, RateDeck, UsageRecord
from subscriptions import periods
from subscriptions.filters import Filter, Search
from subscriptions.models import Organization, Subscriber

#: The longest time a list covers, and what it covers when nothing is asked: older calls are not even accepted.
LONGEST_MONTHS: Final = 13
#: Minutes of the call whose cost the Rates page works out: at most a week; when nothing is asked, these.
LONGEST_QUOTE: Final = 7 * 24 * 60
USUAL_QUOTE: Final = 10


class _Days(Days):
    """From one day to another, no more of them than calls are kept for."""

    def clean(self) -> dict[str, Any]:
        days = super().clean()
        since, until = days.get("since"), days.get("until")
        if since and until and until >= periods.add_months(since, LONGEST_MONTHS):
            self.add_error("until", _("Choose at most 13 months."))
        return days

    def span(self, *, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
        """Since when, until when (half-open). A missing day is as far from the other, or from today, as allowed."""
        given = self.cleaned_data
        until = given["until"]
        if until is None and given["since"] is None:
            until = now.astimezone(zone).date()
        elif until is None:
            until = periods.add_months(given["since"], LONGEST_MONTHS)
        since = given["since"] or periods.add_months(until, -LONGEST_MONTHS)
        return datetime.combine(since, time.min, tzinfo=zone).astimezone(UTC), periods.end_of_day(until, zone)


def _kinds() -> list[tuple[Any, Any]]:
    """Directions, services and call types, each under its heading."""
    return [
        ("", _("All")),
        (_("Direction"), list(words.DIRECTIONS.items())),
        (_("Service"), list(words.SERVICES.items())),
        (_("Call type"), list(words.CALL_TYPES.items())),
    ]


class UsageFilter(_Days):
    """Which calls: from one day to another, of a service, in a state, where to, who or which number.

    `user` is there only where the address names one, by UPN.
    """

    in_address = {"since": "from", "until": "to", "kind": "type", "text": "q"}

    kind = forms.ChoiceField(label=_("Service"), required=False, choices=_kinds)
    country = forms.CharField(
        label=_("Destination"), required=False, max_length=64, widget=Search(attrs={"placeholder": _("Any country")})
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *UsageRecord.State.choices])
    text = forms.CharField(label=_("Number or subscriber"), required=False, max_length=64, widget=Search())
    user = forms.CharField(label=_("Subscriber (UPN)"), required=False, max_length=128)

    def __init__(self, *args: Any, numbers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not numbers:
            self.fields["text"].label = _("Subscriber")
        if not self.data.get("user"):
            del self.fields["user"]

    def clean_country(self) -> frozenset[str]:
        """The codes of what was named. Nothing named is no code."""
        named: str = self.cleaned_data["country"]
        found = words.countries_meant(named) if named else set()
        if named and not found:
            raise forms.ValidationError(_("No country or region has this in its name."))
        return frozenset(found)

    def wanted(self, *, zone: ZoneInfo, now: datetime) -> Wanted:
        """The calls that a valid form asks for."""
        given = self.cleaned_data
        since, until = self.span(zone=zone, now=now)
        return Wanted(
            since=since,
            until=until,
            kind=given["kind"],
            state=given["state"],
            countries=given["country"],
            upn=given.get("user", ""),
            text=given["text"],
        )


class BlockedFilter(_Days):
    """Which refused calls: from one day to another, and why."""

    in_address = {"since": "from", "until": "to"}

    reason = forms.ChoiceField(label=_("Reason"), required=False, choices=[("", _("All")), *BlockedCall.Reason.choices])


class RateFilter(Filter):
    """Which rates: of a service, for a number, a country or a destination; and how long a call to it is to be."""

    in_address = {"text": "q"}

    text = forms.CharField(
        label=_("Number or country"),
        required=False,
        max_length=64,
        widget=Search(attrs={"placeholder": "+886 2 …"}),
    )
    minutes = forms.IntegerField(
        label=_("Length of the call, minutes"),
        required=False,
        min_value=1,
        max_value=LONGEST_QUOTE,
        widget=forms.NumberInput(attrs={"placeholder": "10", "inputmode": "numeric"}),
    )

    def chosen_minutes(self) -> int:
        """How long the call is to be, of a valid form."""
        return self.cleaned_data["minutes"] or USUAL_QUOTE

    def chosen_service(self) -> RateDeck.Service:
        """The service asked for; outbound calls, if it is none."""
        asked = self.data.get("service")
        return RateDeck.Service(asked) if asked in RateDeck.Service.values else RateDeck.Service.OUTBOUND


class _Whom(forms.Form):
    """Somebody of the organization, by UPN; left empty, nobody in particular."""

    upn = forms.CharField(label=_("Subscriber (UPN)"), required=False, max_length=128)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization

    def clean_upn(self) -> Subscriber | None:
        """The subscriber of that name."""
        upn: str = self.cleaned_data["upn"].strip()
        if not upn:
            return None
        found = self.organization.subscribers.filter(upn=upn.lower()).first()
        if found is None:
            raise forms.ValidationError(_("Nobody here has this name."))
        return found


class SpendLimitForm(_Whom):
    """How much somebody, or a department, may spend in a month."""

    department = forms.CharField(label=_("Department"), required=False, max_length=100)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        span = Range(lowest=Decimal(0), highest=Decimal(10**6), currency=organization.currency)
        self.fields["amount"] = MoneyField(label=_("At most a month"), span=span)
        self.order_fields(["upn", "department", "amount"])

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not self.errors and bool(given.get("upn")) == bool(given.get("department")):
            raise forms.ValidationError(_("Name a subscriber or a department."))
        return given


class PolicyForm(_Whom):
    """Where calls and dial-out from conferences may go."""

    calls = forms.ChoiceField(label=_("Outgoing calls"), choices=DialOutPolicy.Calls.choices)
    conferences = forms.ChoiceField(label=_("Dial-out from conferences"), choices=DialOutPolicy.Conferences.choices)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        self.fields["upn"].help_text = _("Leave it empty for everybody who has no policy of their own.")


class BlockForm(forms.Form):
    """A destination that nobody may call."""

    number = forms.CharField(
        label=_("Number begins with"), max_length=24, widget=forms.TextInput(attrs={"placeholder": "+53"})
    )
    note = forms.CharField(label=_("Why"), required=False, max_length=200)
