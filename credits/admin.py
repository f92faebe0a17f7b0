"""Money in the back office: to read only. A mistake is mended by the rules, with another journal."""

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from credits.models import (
    Account,
    AutoRecharge,
    Debt,
    Entry,
    Hold,
    HoldPart,
    Journal,
    Lot,
    Payment,
    PaymentMethod,
    ProviderEvent,
    Recharge,
)
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


class LotInline(Newest):
    model = Lot
    fields = ("kind", "amount", "remaining", "held", "expired", "purchased_at", "expires_at")
    verbose_name_plural = _("newest lots")


class PaymentInline(Newest):
    model = Payment
    fields = ("kind", "state", "amount", "tax", "created_at", "closed_at", "error_code")
    verbose_name_plural = _("newest payments")


class EntryInline(Newest):
    model = Entry
    fk_name = "journal"
    fields = ("lot_id", "amount")
    readonly_fields = ("lot_id",)
    verbose_name_plural = _("entries")


class LotEntryInline(Newest):
    model = Entry
    fk_name = "lot"
    fields = ("journal_id", "amount")
    readonly_fields = ("journal_id",)
    verbose_name_plural = _("newest entries")


class HoldPartInline(Newest):
    model = HoldPart
    fields = ("lot_id", "amount")
    readonly_fields = ("lot_id",)


@admin.register(Account)
class AccountAdmin(ReadOnly):
    """What each organization has."""

    list_display = ("organization", "currency", "balance", "overdraft", "held", "below_zero_at", "frozen_at")
    list_filter = ("currency", ("below_zero_at", admin.EmptyFieldListFilter), ("frozen_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization",)
    search_fields = ("organization__name", "=organization__slug", "=customer_ref")
    search_help_text = _("Organization, or the provider's customer")
    inlines = (LotInline, PaymentInline)


@admin.register(AutoRecharge)
class AutoRechargeAdmin(ReadOnly):
    """On which terms each account recharges itself, and what holds it back."""

    list_display = (
        "account__organization",
        "enabled",
        "trigger_amount",
        "recharge_amount",
        "monthly_cap",
        "failed_rounds",
        "next_try_at",
        "paused_at",
    )
    list_filter = ("enabled", ("paused_at", admin.EmptyFieldListFilter), ("next_try_at", admin.EmptyFieldListFilter))


@admin.register(PaymentMethod)
class PaymentMethodAdmin(ReadOnly):
    """Cards as the provider knows them."""

    list_display = (
        "provider_ref",
        "account__organization",
        "brand",
        "last4",
        "exp_month",
        "exp_year",
        "refused_at",
        "removed_at",
    )
    list_filter = ("brand", ("refused_at", admin.EmptyFieldListFilter), ("removed_at", admin.EmptyFieldListFilter))
    search_fields = (*ReadOnly.search_fields, "=provider_ref", "=last4")
    search_help_text = _("Organization, provider's reference, or last four digits")


@admin.register(Lot)
class LotAdmin(ReadOnly):
    """Credit from one purchase or grant, and what is left of it."""

    list_display = (
        "id",
        "account__organization",
        "kind",
        "amount",
        "remaining",
        "held",
        "expired",
        "purchased_at",
        "expires_at",
    )
    list_filter = (
        "kind",
        "open",
        ("frozen_at", admin.EmptyFieldListFilter),
        ("expires_at", admin.DateFieldListFilter),
    )
    inlines = (LotEntryInline,)


@admin.register(Journal)
class JournalAdmin(ReadOnly):
    """The ledger: every movement of every account."""

    list_display = ("id", "account__organization", "kind", "movement", "at", "why", "key")
    list_filter = ("kind", ("at", admin.DateFieldListFilter))
    search_fields = ("=account__organization__slug", "=key")
    search_help_text = _("An organization's short name, or a whole key")
    inlines = (EntryInline,)


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    """What each movement did to which lot."""

    list_display = ("id", "account__organization", "journal_id", "lot_id", "amount")
    list_filter = (("lot", admin.EmptyFieldListFilter),)
    search_fields = ("=account__organization__slug", "=journal__key")
    search_help_text = _("An organization's short name, or a journal's whole key")


@admin.register(Debt)
class DebtAdmin(ReadOnly):
    """What charges took below zero, and how much of it is still owed."""

    list_display = ("journal_id", "account__organization", "amount", "remaining")
    list_filter = ("open",)


@admin.register(Hold)
class HoldAdmin(ReadOnly):
    """Credit kept back for live calls."""

    list_display = ("id", "account__organization", "key", "state", "amount", "created_at", "expires_at", "closed_at")
    list_filter = ("state", ("created_at", admin.DateFieldListFilter))
    search_fields = ("=account__organization__slug", "=key")
    search_help_text = _("An organization's short name, or a whole key")
    inlines = (HoldPartInline,)


@admin.register(HoldPart)
class HoldPartAdmin(ReadOnly):
    """Which lots the live holds keep."""

    list_display = ("id", "hold__account__organization", "hold_id", "lot_id", "amount")
    list_select_related = ("hold__account__organization",)
    search_fields = ("=hold__account__organization__slug", "=hold__key")
    search_help_text = _("An organization's short name, or a hold's whole key")


@admin.register(Recharge)
class RechargeAdmin(ReadOnly):
    """Rounds of automatic charges, and how they ended."""

    list_display = (
        "id",
        "account__organization",
        "state",
        "available",
        "amount",
        "requested_at",
        "due_at",
        "closed_at",
        "why",
    )
    list_filter = ("state", ("requested_at", admin.DateFieldListFilter))
    inlines = (PaymentInline,)


@admin.register(Payment)
class PaymentAdmin(ReadOnly):
    """Every charge to a card, and what became of it."""

    list_display = (
        "key",
        "account__organization",
        "kind",
        "state",
        "amount",
        "tax",
        "currency",
        "created_at",
        "closed_at",
        "error_code",
    )
    list_filter = ("state", "kind", "currency", ("created_at", admin.DateFieldListFilter))
    search_fields = (*ReadOnly.search_fields, "=key", "=provider_ref")
    search_help_text = _("Organization, payment, or the provider's reference")


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnly):
    """What the provider told us by webhook, as it came."""

    list_display = ("event_ref", "kind", "outcome", "received_at", "handled_at", "why")
    list_filter = ("outcome", "kind", ("handled_at", admin.EmptyFieldListFilter))
    list_select_related = ()
    search_fields = ("=event_ref",)
    search_help_text = _("The provider's event")
    exclude = ("payload",)
    readonly_fields = ("pretty",)

    @admin.display(description=_("payload"))
    def pretty(self, event: ProviderEvent) -> SafeString:
        """The payload, laid out and escaped."""
        return format_html("<pre>{}</pre>", json.dumps(event.payload, indent=2, ensure_ascii=False))
