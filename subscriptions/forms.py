"""What people fill in: who they are, when they follow an invitation; what a key is for."""

from typing import Any, Final

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from subscriptions import billing
from subscriptions.keys import Scope
from subscriptions.models import Invitation, User


class AcceptForm(forms.Form):
    """Name and password of a person who is new here."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 12 characters. A few words that do not belong together are best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation

    def clean(self) -> dict[str, Any]:
        """A password must not be made of the person's own name or address."""
        cleaned = super().clean() or {}
        person = User(email=self.invitation.email, name=cleaned.get("name", ""))
        if password := cleaned.get("password"):
            try:
                password_validation.validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


#: What a key may be good for, as people read it.
SCOPES: Final = {
    Scope.CALLS: _("Authorize and charge calls"),
    Scope.RATES: _("Read rates"),
    Scope.USAGE: _("Read usage and what each call cost"),
}


class KeyForm(forms.Form):
    """A key's name and scopes."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("The program that will use it, such as “Meeting bridge Hong Kong”."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )


#: So many lines of a bill-to address fit on a receipt.
_ADDRESS_LINES: Final = 8


class PurchaseOrderField(forms.CharField):
    """A purchase-order number, or nothing; spaces at the ends, and what cannot be printed, are left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Purchase-order number"), required=False, max_length=50, **kwargs)

    def to_python(self, value: Any) -> str:
        return _printable(super().to_python(value) or "")


class BillingForm(forms.Form):
    """What stands on receipts; each may be empty. Spaces at the ends, and what cannot be printed, are left out."""

    bill_to = forms.CharField(
        label=_("Bill-to address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "street-address"}),
        help_text=_("As many as eight lines, below the organization's name."),
    )
    tax_number = forms.CharField(
        label=_("Tax number"),
        required=False,
        max_length=40,
        help_text=_("The number under which the organization is known to the tax office: VAT, GST or EIN."),
    )
    purchase_order = PurchaseOrderField(help_text=_("Printed on receipts unless an order names another."))

    def clean_bill_to(self) -> str:
        """Line by line, without empty ones."""
        lines = [_printable(line) for line in self.cleaned_data["bill_to"].splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > _ADDRESS_LINES:
            raise forms.ValidationError(_("Enter at most eight lines."))
        return "\n".join(lines)

    def clean_tax_number(self) -> str:
        return _printable(self.cleaned_data["tax_number"])

    def details(self) -> billing.Details:
        """The cleaned details as the rule wants them."""
        return billing.Details(**self.cleaned_data)


def _printable(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
