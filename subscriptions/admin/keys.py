"""The keys of organizations, to look at; they are made and revoked on the organization's own page."""

# Django's own classes take no type arguments when they run:
# mypy: disable-error-code="type-arg"

from django.contrib import admin

from subscriptions.models import ApiKey
from subscriptions.unwritable import Unwritable


@admin.register(ApiKey)
class ApiKeyAdmin(Unwritable, admin.ModelAdmin):
    list_display = ("name", "head", "organization", "scopes", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("organization",)
    search_fields = ("=head", "name", "organization__slug")
    show_full_result_count = False
