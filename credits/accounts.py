"""The one door to an account's money: a transaction that locks the account row first."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from credits import ledger, limits, triggers
from credits.models import Account, AutoRecharge
from subscriptions.models import Organization


@contextmanager
def changing(account_id: int, *, now: datetime) -> Iterator[Account]:
    """Lock the account, yield it, then settle, draw the consequences and store it; all or nothing.

    Only inside may lots, journals, entries, payments and recharges of the account change. The lock is a statement of
    its own: one that also read the lots would go on, after waiting, with what they were before.
    """
    with transaction.atomic(durable=True):
        account = Account.objects.select_for_update(of=("self",)).select_related("organization").get(pk=account_id)
        yield account
        ledger.settle_overdraft(account, now=now)
        triggers.evaluate(account, now=now)
        account.save(update_fields=["balance", "overdraft", "held", "below_zero_at", "frozen_at", "customer_ref"])


def open_account(organization: Organization, *, now: datetime) -> Account:
    """The organization's account, with its terms switched off; made when it is missing."""
    account, _ = Account.objects.get_or_create(
        organization=organization, defaults={"currency": organization.currency, "created_at": now}
    )
    least = limits.of(account.currency).minimum
    AutoRecharge.objects.get_or_create(
        account=account, defaults={"trigger_amount": least * Decimal("0.4"), "recharge_amount": least}
    )
    return account
