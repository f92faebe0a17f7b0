"""Accounts in the back office: what each has, on which terms it recharges itself, and why it did or did not."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from credits.admin.reading import Newest, ReadOnly
from credits.models import Account, AutoRecharge, BalanceLevel, Evaluation, Lot, Payment, PaymentMethod


class LotInline(Newest):
    model = Lot
    fields = ("kind", "amount", "remaining", "held", "expired", "purchased_at", "expires_at")
    verbose_name_plural = _("newest lots")


class PaymentInline(Newest):
    model = Payment
    fields = ("kind", "state", "amount", "tax", "created_at", "closed_at", "error_code")
    verbose_name_plural = _("newest payments")


class EvaluationInline(Newest):
    model = Evaluation
    fields = ("outcome", "available", "trigger_amount", "first_at", "last_at", "times", "recharge_id", "detail")
    readonly_fields = ("recharge_id",)
    verbose_name_plural = _("Why did it (not) recharge?")


@admin.register(Account)
class AccountAdmin(ReadOnly):
    """What each organization has."""

    list_display = ("organization", "currency", "balance", "overdraft", "held", "below_zero_at", "frozen_at")
    list_filter = ("currency", ("below_zero_at", admin.EmptyFieldListFilter), ("frozen_at", admin.EmptyFieldListFilter))
    list_select_related = ("organization",)
    search_fields = ("organization__name", "=organization__slug", "=customer_ref")
    search_help_text = _("Organization, or the provider's customer")
    inlines = (LotInline, PaymentInline, EvaluationInline)


@admin.register(AutoRecharge)
class AutoRechargeAdmin(ReadOnly):
    """On which terms each account recharges itself, and what holds it back."""

    list_display = (
        "account__organization",
        "enabled",
        "trigger_amount",
        "recharge_amount",
        "daily_cap",
        "weekly_cap",
        "monthly_cap",
        "before_expiry_days",
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


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnly):
    """Why did it (not) recharge?"""

    list_display = (
        "id",
        "account__organization",
        "outcome",
        "available",
        "trigger_amount",
        "first_at",
        "last_at",
        "times",
        "recharge_id",
        "detail",
    )
    list_filter = ("outcome", ("last_at", admin.DateFieldListFilter))


@admin.register(BalanceLevel)
class BalanceLevelAdmin(ReadOnly):
    """At which balances somebody asked to be told."""

    list_display = ("id", "account__organization", "amount", "state", "crossings")
    list_filter = ("state",)
