"""The ledger in the back office: lots, journals, entries, debts and holds. A mistake is mended by another journal."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from credits.admin.reading import Newest, ReadOnly
from credits.models import Debt, Entry, Hold, HoldPart, Journal, JournalSum, Lot, SummedTo


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


@admin.register(JournalSum)
class JournalSumAdmin(ReadOnly):
    """Journals added up by the quarter of an hour."""

    list_display = ("id", "account__organization", "begins_at", "kind", "movement", "count")
    list_filter = ("kind", ("begins_at", admin.DateFieldListFilter))


@admin.register(SummedTo)
class SummedToAdmin(ReadOnly):
    """Up to which number each account's journals are added up."""

    list_display = ("account_id", "account__organization", "journal_id")
