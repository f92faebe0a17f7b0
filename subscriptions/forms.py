"""What people fill in: who they are, when they follow an invitation."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

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
