"""Notices and their copies in the back office: to read, and to send a failed copy again."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from notifications import outbox
from notifications.models import Delivery, ExtraAddress, MailPolicy, Notice, NoticeRoles
from subscriptions import doorbell
from subscriptions.unwritable import Unwritable

if TYPE_CHECKING:
    NoticeBase = admin.ModelAdmin[Notice]
    DeliveryBase = admin.ModelAdmin[Delivery]
    InlineBase = admin.TabularInline[Delivery, Notice]
    RolesBase = admin.ModelAdmin[NoticeRoles]
    AddressBase = admin.ModelAdmin[ExtraAddress]
    PolicyBase = admin.ModelAdmin[MailPolicy]
else:
    NoticeBase = DeliveryBase = RolesBase = AddressBase = PolicyBase = admin.ModelAdmin
    InlineBase = admin.TabularInline


class DeliveryInline(Unwritable, InlineBase):
    model = Delivery
    extra = 0
    show_change_link = True
    fields = ("address", "language", "state", "attempts", "copies", "due_at", "sent_at", "error")


@admin.register(Notice)
class NoticeAdmin(Unwritable, NoticeBase):
    """What was to be told, and to whom it went."""

    list_display = ("kind", "organization", "key", "created_at", "addressed_at")
    list_filter = ("kind", ("addressed_at", admin.EmptyFieldListFilter), ("created_at", admin.DateFieldListFilter))
    list_select_related = ("organization",)
    list_per_page = 50
    search_fields = ("organization__name", "=organization__slug", "key")
    search_help_text = _("Organization or occasion")
    show_full_result_count = False
    inlines = (DeliveryInline,)


@admin.register(Delivery)
class DeliveryAdmin(Unwritable, DeliveryBase):
    """Each copy: where it went, or why it did not."""

    list_display = ("address", "notice", "organization", "state", "attempts", "due_at", "sent_at", "error")
    list_filter = ("state", "notice__kind", "language", ("due_at", admin.DateFieldListFilter))
    list_select_related = ("notice__organization",)
    list_per_page = 50
    search_fields = ("=address", "notice__organization__name", "=notice__organization__slug")
    search_help_text = _("Whole address, or organization")
    show_full_result_count = False
    actions = ("send_again",)

    @admin.display(description=_("organization"), ordering="notice__organization__name")
    def organization(self, delivery: Delivery) -> str:
        return delivery.notice.organization.name

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Nobody may edit a copy; who has Django's right to change it may have it sent again."""
        return request.user.has_perm("notifications.change_delivery")

    @admin.action(description=_("Send again (failed ones only)"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Let the failed ones among them begin anew, and note it in the history of each."""
        failed = list(queryset.filter(state=Delivery.State.FAILED))
        moved = outbox.resend(queryset, now=timezone.now())
        for delivery in failed:
            self.log_change(request, delivery, "send again")
        doorbell.ring("notifications.deliver_due")
        said = ngettext("%(count)d message will be sent again.", "%(count)d messages will be sent again.", moved)
        self.message_user(request, said % {"count": moved}, messages.SUCCESS if moved else messages.WARNING)


@admin.register(NoticeRoles)
class NoticeRolesAdmin(Unwritable, RolesBase):
    """Which roles an organization chose for a kind; it chooses them itself, on its page."""

    list_display = ("organization", "kind", "roles")
    list_filter = ("kind",)
    list_select_related = ("organization",)
    list_per_page = 50
    search_fields = ("organization__name", "=organization__slug")
    show_full_result_count = False


@admin.register(ExtraAddress)
class ExtraAddressAdmin(Unwritable, AddressBase):
    """Who is told beyond the members."""

    list_display = ("address", "organization", "language", "kinds", "added_at", "added_by")
    list_filter = ("language",)
    list_select_related = ("organization", "added_by")
    list_per_page = 50
    search_fields = ("=address", "organization__name", "=organization__slug")
    search_help_text = _("Whole address, or organization")
    show_full_result_count = False


@admin.register(MailPolicy)
class MailPolicyAdmin(Unwritable, PolicyBase):
    """Whether receipts come with the mail."""

    list_display = ("organization", "attach_receipts")
    list_select_related = ("organization",)
    list_per_page = 50
    search_fields = ("organization__name", "=organization__slug")
    show_full_result_count = False
