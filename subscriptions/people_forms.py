"""What is filled in about people: whom a list shows, which licences somebody holds, who may sign in and as what."""

from typing import Any, Final

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from subscriptions import places
from subscriptions.directory import Wanted
from subscriptions.filters import Filter, Search
from subscriptions.models import Membership, Plan

Role = Membership.Role

#: What a member of each role can do, as people read it.
ROLE_HELP: Final = {
    Role.OWNER: _("Everything, members and settings too."),
    Role.BILLING_ADMIN: _("Adds funds, changes auto-recharge, payment methods, orders and limits. Sees everything."),
    Role.LICENCE_ADMIN: _("Assigns licenses and takes them away. Sees everything else."),
    Role.READER: _("Sees everything, telephone numbers only in part. Changes nothing."),
}


class PeopleFilter(Filter):
    """Which people: of a name, with one licence and without another, at a usage location."""

    in_address = {"text": "q"}

    text = forms.CharField(label=_("Name or UPN"), required=False, max_length=128, widget=Search())
    holds = forms.ChoiceField(label=_("With license"), required=False)
    lacks = forms.ChoiceField(label=_("Without license"), required=False)
    location = forms.ChoiceField(label=_("Usage location"), required=False)

    def __init__(self, *args: Any, plans: list[Plan], locations: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        licences = [(plan.code, plan.title) for plan in plans]
        _choose(self, "holds", [("", _("Any")), *licences])
        _choose(self, "lacks", [("", _("–")), *licences])
        named = sorted(((code, places.country_name(code)) for code in locations), key=lambda place: place[1])
        _choose(self, "location", [("", _("All")), *named])

    def wanted(self) -> Wanted:
        """The people that a valid form asks for."""
        return Wanted(**self.cleaned_data)


class Do(TextChoices):
    """What is done to many people at once."""

    ASSIGN = "assign", _("Assign")
    REMOVE = "remove", _("Take away")


class Scope(TextChoices):
    """To whom it is done."""

    SELECTED = "selected", _("The people selected")
    ALL = "all", _("Everybody in this list")


class BulkForm(Filter):
    """One plan for many people; in the address, so that the review can be gone back to."""

    scope = forms.ChoiceField(label=_("Whose licenses"), choices=Scope.choices)
    do = forms.ChoiceField(label=_("What to do"), choices=Do.choices)
    plan = forms.ChoiceField(label=_("License"))

    def __init__(self, *args: Any, plans: list[Plan], count: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = sorted(plans, key=lambda plan: plan.category != Plan.Category.CREDITS)
        _choose(self, "plan", [(plan.code, plan.title) for plan in first])
        if count:
            everybody = ngettext("The %(count)s person in this list", "All %(count)s people in this list", count)
            selected, everybody = str(Scope.SELECTED.label), everybody % {"count": f"{count:,}"}
            _choose(self, "scope", [(Scope.SELECTED.value, selected), (Scope.ALL.value, everybody)])


class LicencesForm(forms.Form):
    """The plans that are ticked, and those that were when the page was shown: only the difference is meant."""

    plans = forms.MultipleChoiceField(label=_("Licenses"), required=False)
    seen = forms.MultipleChoiceField(required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, *args: Any, plans: list[Plan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans = plans
        for name in ("plans", "seen"):
            _choose(self, name, [(plan.code, plan.title) for plan in plans])

    def difference(self) -> tuple[list[Plan], list[Plan]]:
        """The plans to assign and those to take away, of a valid form."""
        ticked, seen = set(self.cleaned_data["plans"]), set(self.cleaned_data["seen"])
        return (
            [plan for plan in self._plans if plan.code in ticked - seen],
            [plan for plan in self._plans if plan.code in seen - ticked],
        )


class RoleForm(forms.Form):
    """What a member may do."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=forms.RadioSelect)

    def chosen(self) -> Role:
        """The role of a valid form."""
        return Role(self.cleaned_data["role"])


class InviteForm(RoleForm):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("The person gets a mail with a link that can be followed for seven days."),
    )

    field_order = ["email", "role"]


def _choose(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the types
    field.choices = choices
