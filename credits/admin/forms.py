"""What staff say in the back office: how much is to be given back and why, or what they found."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.models import Payment
from subscriptions import money


class RefundForm(forms.Form):
    """A refund of a payment: without tax, in whole smallest units, under a key made when the form is shown."""

    amount = forms.DecimalField(label=_("Amount, without tax"), max_digits=18)
    why = forms.CharField(label=_("Reason"), max_length=150, widget=forms.TextInput({"size": 80}))
    ticket = forms.CharField(label=_("Ticket"), max_length=40, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, payment: Payment, most: Decimal | None) -> None:
        super().__init__(data, initial={"amount": most, "key": uuid4()})
        smallest = Decimal(1).scaleb(-money.places(payment.currency))
        whole = forms.DecimalField(min_value=smallest, max_digits=18, decimal_places=money.places(payment.currency))
        self.fields["amount"].validators = whole.validators
        self.fields["amount"].widget.attrs |= {"step": str(smallest), "min": str(smallest)}

    def reason(self) -> str:
        """The reason with its ticket."""
        said = self.cleaned_data
        return f"{said['why']} ({said['ticket']})" if said["ticket"] else str(said["why"])


class NoteForm(forms.Form):
    """What the person found or did."""

    note = forms.CharField(label=_("Note"), max_length=200, widget=forms.TextInput({"size": 80}))


class DeclineForm(forms.Form):
    """Why a refund is declined; the organization reads it."""

    said = forms.CharField(
        label=_("What the organization is told"), max_length=500, widget=forms.Textarea({"rows": 4, "cols": 80})
    )
