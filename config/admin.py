"""The roof's own rows in the back office: to read only."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from config.models import LedgerDigest

if TYPE_CHECKING:
    Base = admin.ModelAdmin[LedgerDigest]
else:
    Base = admin.ModelAdmin


@admin.register(LedgerDigest)
class LedgerDigestAdmin(Base):
    """What the nightly check compares the ledger with."""

    list_display = ("account", "up_to_journal", "count", "digest", "taken_at")
    list_filter = (("taken_at", admin.DateFieldListFilter),)
    list_select_related = ("account",)
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
