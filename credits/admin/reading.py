"""What the pages of `credits` in the back office have in common: to read, newest first, and asked for by right."""

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.models import User
from subscriptions.unwritable import Unwritable

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
    InlineBase = admin.TabularInline[Any, Any]
    FormSet = BaseInlineFormSet[Any, Any, Any]
else:
    Base, InlineBase, FormSet = admin.ModelAdmin, admin.TabularInline, BaseInlineFormSet

#: So many rows of a relation are shown with its owner, the newest first; the lists have them all.
_NEWEST: Final = 20


class ReadOnly(Unwritable, Base):
    """A list of such rows, found by their organization. Long lists are not counted a second time."""

    show_full_result_count = False
    list_per_page = 50
    list_select_related: ClassVar[tuple[str, ...]] = ("account__organization",)
    search_fields: ClassVar[tuple[str, ...]] = ("account__organization__name", "=account__organization__slug")
    search_help_text = _("Organization")


class NewestFormSet(FormSet):
    """The newest rows only: an account may have millions."""

    def get_queryset(self) -> Any:
        if not hasattr(self, "_newest"):
            self._newest = super().get_queryset().order_by("-pk")[:_NEWEST]
        return self._newest


class Newest(Unwritable, InlineBase):
    formset = NewestFormSet
    extra = 0
    show_change_link = True


def demand(request: HttpRequest, right: str) -> User:
    """The signed-in person, who has that right. Raises PermissionDenied."""
    if not isinstance(request.user, User) or not request.user.has_perm(right):
        raise PermissionDenied
    return request.user
