"""What the back office may only read."""

from typing import Any

from django.http import HttpRequest


class Unwritable:
    """Rows that only rules write: for a ModelAdmin or an inline of any floor."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
