"""What people fill in: who they are, when they follow an invitation; what a key is for; what an organization is."""

import zoneinfo
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from subscriptions import billing, profile
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


#: The zones that are offered: those of places, and UTC; not the aliases that tell of their history.
ZONES: Final = tuple(
    sorted(
        zone
        for zone in zoneinfo.available_timezones()
        if zone == "UTC"
        or zone.split("/")[0]
        in {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
    )
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


class ZoneField(forms.CharField):
    """The IANA name of a time zone; however it is written, as long as its last part names one zone alone."""

    def to_python(self, value: Any) -> str:
        """The name as the zones are called, or what was typed where nothing is called so."""
        typed = "_".join((super().to_python(value) or "").split()).lower()
        exact = [zone for zone in zoneinfo.available_timezones() if zone.lower() == typed]
        ending = [zone for zone in ZONES if zone.lower().endswith(f"/{typed}")]
        return exact[0] if exact else ending[0] if len(ending) == 1 else str(value).strip()

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and value not in zoneinfo.available_timezones():
            raise forms.ValidationError(_("Choose a time zone of the list, such as Europe/Berlin."))


class ProfileForm(forms.Form):
    """Name, time zone and language of an organization."""

    name = forms.CharField(label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    time_zone = ZoneField(
        label=_("Time zone"),
        max_length=64,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Type a city, such as Taipei, and choose. Days, reports and times on all pages follow it."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of notices to people who have chosen none. On the pages everybody chooses for themselves."),
    )

    def clean_name(self) -> str:
        """Without what cannot be printed."""
        name = _printable(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Enter a name."))
        return name

    def profile(self) -> profile.Profile:
        """The cleaned profile as the rule wants it."""
        return profile.Profile(**self.cleaned_data)


def _printable(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
