"""Subscribers, their licences, and the organization's own numbers."""

# Django's own classes take no type arguments when they run:
# mypy: disable-error-code="type-arg"

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from subscriptions import entitlements, licences, licensing, orders
from subscriptions.models import Licence, ServiceNumber, Subscriber


class LicenceInline(admin.TabularInline):
    """What the subscriber holds and held; licences are assigned and removed on their own pages."""

    model = Licence
    extra = 0
    fields = readonly_fields = ("plan", "assigned_on", "removed_on")
    show_change_link = True
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Licence]:
        return super().get_queryset(request).select_related("plan")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Subscriber)
class SubscriberAdmin(admin.ModelAdmin):
    list_display = ("display_name", "upn", "organization", "usage_location", "created_at")
    list_filter = ("usage_location",)
    list_select_related = ("organization",)
    search_fields = ("upn", "display_name", "=object_id", "organization__slug")
    autocomplete_fields = ("organization",)
    inlines = (LicenceInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Subscriber | None = None) -> tuple[str, ...]:
        # Usage and charges belong to the subscriber: they never move to another organization.
        return ("organization", "created_at") if obj else ("created_at",)

    def save_model(self, request: Any, obj: Subscriber, form: Any, change: bool) -> None:
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)


class NewLicenceForm(forms.ModelForm):
    """Which plan a subscriber holds from which day on."""

    assigned_on = forms.DateField(label=_("assigned on"), widget=AdminDateWidget)

    class Meta:
        model = Licence
        fields = ("subscriber", "plan", "assigned_on")

    def clean(self) -> dict[str, Any] | None:
        """Say what the licence stands on, when the subscriber has none of it."""
        cleaned = super().clean() or {}
        subscriber, plan = cleaned.get("subscriber"), cleaned.get("plan")
        if subscriber and plan:
            held = subscriber.licences.filter(removed_on=None).values_list("plan__code", flat=True)
            if any_of := entitlements.lacks(held, plan.code):
                titles = " / ".join(str(licensing.TITLES[each]) for each in sorted(any_of))
                self.add_error("plan", _("The subscriber first needs one of these: %s") % titles)
            try:
                licences.check_sold(subscriber.organization, plan, wanted=0 if plan.code in held else 1)
            except licences.NotSoldHere:
                self.add_error("plan", orders.NotSold.said)
        return cleaned


@admin.register(Licence)
class LicenceAdmin(admin.ModelAdmin):
    list_display = ("subscriber", "organization", "plan", "assigned_on", "removed_on")
    list_filter = ("plan", ("removed_on", admin.EmptyFieldListFilter))
    list_select_related = ("subscriber__organization", "plan")
    search_fields = ("subscriber__upn", "subscriber__display_name", "=plan__code", "=subscriber__organization__slug")
    autocomplete_fields = ("subscriber", "plan")
    form = NewLicenceForm
    actions = ("remove_today",)

    @admin.display(description=_("organization"), ordering="subscriber__organization__name")
    def organization(self, licence: Licence) -> str:
        return licence.subscriber.organization.name

    def has_change_permission(self, request: HttpRequest, obj: Licence | None = None) -> bool:
        """Past months are counted by licences: they are assigned and removed, never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Licence | None = None) -> bool:
        return False

    def save_model(self, request: Any, obj: Licence, form: Any, change: bool) -> None:
        now, on = timezone.now(), form.cleaned_data["assigned_on"]
        obj.pk = licences.assign(obj.subscriber, obj.plan, on=on, actor=request.user, now=now).pk

    @admin.action(description=_("Remove the selected licenses from today on"), permissions=["add"])
    def remove_today(self, request: Any, queryset: QuerySet[Licence]) -> None:
        now, removed = timezone.now(), 0
        for licence in queryset.filter(removed_on=None).select_related("subscriber__organization", "plan"):
            try:
                licences.remove(licence.subscriber, licence.plan, on=now.date(), actor=request.user, now=now)
                removed += 1
            except licences.StillNeeded as error:
                said = _("%(licence)s of %(subscriber)s is still needed for %(other)s.")
                facts = {"licence": licence.plan.code, "subscriber": licence.subscriber, "other": error}
                self.message_user(request, said % facts, messages.WARNING)
            except licences.NotHeld:
                self.message_user(request, _("A license that begins later cannot be removed today."), messages.WARNING)
        self.message_user(request, ngettext("%d license removed.", "%d licenses removed.", removed) % removed)


@admin.register(ServiceNumber)
class ServiceNumberAdmin(admin.ModelAdmin):
    list_display = ("number", "organization", "country", "kind", "label")
    list_filter = ("kind", "country")
    list_select_related = ("organization",)
    search_fields = ("number", "label", "organization__name", "organization__slug")
    autocomplete_fields = ("organization",)
