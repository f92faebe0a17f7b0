"""The months that somebody of the staff wants judged once more, and why."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.models import Account

if TYPE_CHECKING:
    Choice = forms.ModelChoiceField[Account]
else:
    Choice = forms.ModelChoiceField


class MonthField(forms.DateField):
    """A month, as its first day; browsers send it as 2026-09."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "2026-09"})
        super().__init__(widget=widget, input_formats=["%Y-%m"], **options)


class AccountField(Choice):
    """An account by the name of its organization."""

    def label_from_instance(self, account: Account) -> str:
        return account.organization.name


class RerateForm(forms.Form):
    """Months without a reason are seen; with one they are booked."""

    account = AccountField(
        label=_("Organization"),
        queryset=Account.objects.select_related("organization").order_by("organization__name"),
        to_field_name="organization",
    )
    first = MonthField(label=_("From month"))
    last = MonthField(label=_("To month, included"))
    why = forms.CharField(label=_("Reason"), max_length=200, required=False, widget=forms.TextInput({"size": 80}))

    def __init__(self, *args: Any, needs_reason: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["why"].required = needs_reason

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("last", _("The last month comes before the first."))
        return found
