"""What the pages of `rating` in the back office have in common."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from subscriptions.models import User
from subscriptions.unwritable import Unwritable

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


class ReadOnly(Unwritable, Base):
    """Rows that only rules write. Long lists are not counted a second time."""

    show_full_result_count = False
    list_per_page = 50


def demand(request: HttpRequest, right: str) -> User:
    """The signed-in person, who has that right. Raises PermissionDenied."""
    if not isinstance(request.user, User) or not request.user.has_perm(right):
        raise PermissionDenied
    return request.user
