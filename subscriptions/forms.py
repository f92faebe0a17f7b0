"""What people fill in: who they are, when they follow an invitation; what a key is for."""

from typing import Any, Final

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

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
