"""What the staff says of a deck: its file and what it is to be, or why it is published or withdrawn."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rating.models import RateDeck, Upload
from rating.upload_forms import UploadForm


class ImportForm(UploadForm):
    """A file, and what deck it is to be. Nothing is priced by it before somebody publishes it."""

    kind = Upload.Kind.DECK

    name = forms.CharField(label=_("Name"), max_length=100)
    service = forms.ChoiceField(label=_("Service"), choices=RateDeck.Service.choices)
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, initial="USD")
    effective_on = forms.DateField(label=_("Effective on"), widget=forms.DateInput({"type": "date"}))
    zone = forms.CharField(label=_("Time zone of its windows"), max_length=40, initial="UTC")
    sample = forms.BooleanField(label=_("Sample rates"), required=False)

    def options(self) -> dict[str, Any]:
        said = {name: value for name, value in self.cleaned_data.items() if name != "file"}
        return said | {"effective_on": said["effective_on"].isoformat()}

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class DecisionForm(forms.Form):
    """Why it is done; it goes into the back office's log."""

    why = forms.CharField(label=_("Reason"), max_length=180, widget=forms.TextInput({"size": 80}))


def state_of(deck: RateDeck) -> Any:
    """Draft, published, future (published, and not begun today in UTC) or withdrawn: a word for the list."""
    if deck.published_at is None:
        return _("Draft")
    if deck.withdrawn_at is not None:
        return _("Withdrawn")
    today = timezone.now().date()
    return _("Future") if deck.effective_on > today else _("Published")
