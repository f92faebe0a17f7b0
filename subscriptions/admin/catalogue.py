"""Plans with their dated prices and minutes, who subscribes to them, and what was ordered."""

# Django's own classes take no type arguments when they run:
# mypy: disable-error-code="type-arg"

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from subscriptions.models import Order, Plan, PlanMinutes, PlanPrice, Subscription
from subscriptions.unwritable import Unwritable


class PriceInline(admin.TabularInline):
    model = PlanPrice
    extra = 0
    ordering = ("currency", "-effective_on")


class MinutesInline(admin.TabularInline):
    model = PlanMinutes
    extra = 0
    ordering = ("usage_location", "-effective_on")


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "category", "pooled", "pay_as_you_go", "position")
    list_filter = ("category", "pooled", "pay_as_you_go")
    search_fields = ("code", "name", "name_zh_hant")
    inlines = (PriceInline, MinutesInline)

    def get_readonly_fields(self, request: Any, obj: Plan | None = None) -> tuple[str, ...]:
        # Licence files, usage records and rules know a plan by its code.
        return ("code",) if obj else ()


@admin.register(PlanPrice)
class PlanPriceAdmin(admin.ModelAdmin):
    list_display = ("plan", "currency", "amount", "effective_on")
    list_filter = ("currency",)
    list_select_related = ("plan",)
    search_fields = ("plan__code", "plan__name")
    autocomplete_fields = ("plan",)


@admin.register(PlanMinutes)
class PlanMinutesAdmin(admin.ModelAdmin):
    list_display = ("plan", "usage_location", "domestic", "international", "conference", "effective_on")
    list_filter = ("usage_location",)
    list_select_related = ("plan",)
    search_fields = ("plan__code", "plan__name")
    autocomplete_fields = ("plan",)


@admin.register(Subscription)
class SubscriptionAdmin(admin.ModelAdmin):
    list_display = ("organization", "plan", "quantity", "state", "started_at", "ends_at")
    list_filter = ("state", "plan__category")
    list_select_related = ("organization", "plan")
    search_fields = ("organization__name", "organization__slug", "plan__code", "plan__name")
    autocomplete_fields = ("organization", "plan")


@admin.register(Order)
class OrderAdmin(Unwritable, admin.ModelAdmin):
    list_display = ("placed_at", "organization", "plan", "quantity", "price", "currency", "placed_by_name", "key")
    list_filter = ("plan__category",)
    list_select_related = ("organization", "plan")
    search_fields = ("=key", "=organization__slug", "organization__name", "=plan__code", "placed_by_name")
    search_help_text = _("An order's key, an organization, a license code, or who placed it.")
    date_hierarchy = "placed_at"
