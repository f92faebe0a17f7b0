"""What people ask the roof's lists for."""

from datetime import UTC, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from config import activities
from config.activities import Wanted
from credits.filters import Days
from subscriptions import periods


class ActivityFilter(Days):
    """Which activities: by whom, of a kind, from one day to another."""

    who = forms.ChoiceField(label=_("Who"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("All")), *((name, label) for name, (label, _words) in activities.KINDS.items())],
    )
    field_order = ("who", "kind", "since", "until")

    def __init__(self, *args: Any, people: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        anybody = [("", _("Anybody")), (activities.PROGRAM, _("The program itself"))]
        who = cast(forms.ChoiceField, self.fields["who"])
        who.choices = [*anybody, *((name, name) for name in people)]

    def wanted(self, *, zone: ZoneInfo) -> Wanted:
        """The activities that a valid form asks for; its days are those of the zone."""
        given = self.cleaned_data
        since, until = given["since"], given["until"]
        return Wanted(
            since=datetime.combine(since, time.min, tzinfo=zone).astimezone(UTC) if since else None,
            until=periods.end_of_day(until, zone) if until else None,
            kind=given["kind"],
            who=given["who"],
        )
