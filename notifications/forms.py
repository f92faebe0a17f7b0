"""What people fill in about notices: who is told what, and which other addresses are."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from notifications.recipients import OPTIONAL, Kind, Role
from subscriptions.models import Organization

_NOBODY: Final = _("Somebody has to be told of this: tick a role that has members, or add an address.")


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of the grid: what it is called, its field, and for each role whether it is ticked."""

    kind: Kind
    field: forms.BoundField
    boxes: list[tuple[Role, bool]]
    optional: bool


class ChoicesForm(forms.Form):
    """For each kind of notice the roles that are told, and whether receipts come with the mail."""

    attach_receipts = forms.BooleanField(
        label=_("Attach receipts as PDF"),
        required=False,
        help_text=_("To mails about recharges, added funds and refunds. The page of each payment has them anyway."),
    )

    def __init__(self, *args: Any, chosen: Mapping[Kind, Set[Role]], attach_receipts: bool, **kwargs: Any) -> None:
        first = {kind.value: [role.value for role in roles] for kind, roles in chosen.items()}
        kwargs["initial"] = {**first, "attach_receipts": attach_receipts}
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[kind.value] = forms.MultipleChoiceField(
                label=kind.label, choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
            )

    #: The columns of the grid: value and name.
    roles = Role.choices

    def rows(self) -> Iterator[Row]:
        """The lines of the grid."""
        for kind in Kind:
            field = self[kind.value]
            ticked = set(field.value() or [])
            yield Row(kind, field, [(role, role.value in ticked) for role in Role], kind in OPTIONAL)

    def refuse(self, kinds: Iterable[Kind]) -> None:
        """Say at these kinds that nobody would be told."""
        for kind in kinds:
            self.add_error(
                kind.value, _("Somebody has to be told of this: tick a role that has members, or add an address.")
            )

    def chosen(self) -> dict[Kind, frozenset[Role]]:
        """The roles of each kind, of a valid form."""
        return {kind: frozenset(Role(name) for name in self.cleaned_data[kind.value]) for kind in Kind}


class AddressForm(forms.Form):
    """An address beyond the members. Cleans to `address`, `language` and `kinds` (empty: all)."""

    address = forms.EmailField(
        label=_("Address"),
        max_length=254,
        help_text=_("A shared mailbox, such as that of your accounting. It gets mail, and no access."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    kinds = forms.MultipleChoiceField(
        label=_("Notices"),
        choices=Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none, and it gets all of them."),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        kwargs["initial"] = {"language": organization.language}
        super().__init__(*args, **kwargs)

    def clean_address(self) -> str:
        """An address of the mail's public side: neither this machine nor a bare number is meant."""
        address: str = self.cleaned_data["address"]
        name, _at, domain = address.rpartition("@")
        if domain.startswith("[") or "." not in domain:
            raise forms.ValidationError(_("Enter an address whose domain has a name, such as accounting@example.com."))
        return f"{name}@{domain.lower()}"

    def chosen(self) -> list[Kind]:
        """The kinds of a valid form."""
        return [Kind(name) for name in self.cleaned_data["kinds"]]

    def refuse_twice(self) -> None:
        """Say that the address is there already."""
        self.add_error("address", _("This address is on the list already."))

    def refuse_more(self, most: int) -> None:
        """Say that the list is full."""
        self.add_error(
            None, format_lazy(_("There are {most} extra addresses already, which is the most there may be."), most=most)
        )
