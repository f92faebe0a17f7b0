"""The one door to an account's money: a transaction that locks the account row first."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import transaction

from credits import ledger, limits, statements, triggers
from credits.ledger import arrays
from credits.models import Account, AutoRecharge
from subscriptions.models import Organization

_COLUMNS: Final = [field.attname for field in Account._meta.concrete_fields]
#: What the transaction asks next it has asked before: planned once a connection, since planning is what costs.
_PLANNED_ONCE: Final = "set_config('plan_cache_mode', 'force_generic_plan', true)"
_LOCK: Final = f"""
    SELECT {", ".join(_COLUMNS)}, {_PLANNED_ONCE}
      FROM credits_account WHERE id = %s FOR UPDATE"""  # noqa: S608  # our own names
_LOCK_FREE: Final = """
    SELECT id FROM credits_account WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED"""


@contextmanager
def changing(
    account_id: int,
    *,
    now: datetime,
    first: Callable[[], object] = lambda: None,
    also: Sequence[statements.Question] = (),
) -> Iterator[Account]:
    """Lock the account, yield it, then settle, store it and draw the consequences; all or nothing.

    `first` is called before the lock: for rows of the same transaction that need none, so that others wait less.
    `also` is asked in the same trip as the lock, and answered when it is held.

    Only inside may lots, journals, entries, payments and recharges of the account change. The lock is a statement of
    its own: one that also read the lots would go on, after waiting, with what they were before.
    """
    with transaction.atomic(durable=True):
        first()
        lock = statements.Question(_LOCK, [account_id])
        statements.ask(lock, *also)
        if not lock.found:
            raise Account.DoesNotExist(account_id)
        account = Account.from_db("default", _COLUMNS, lock.found[0][:-1])
        yield account
        _leave(account, now=now)


@contextmanager
def changing_free(account_ids: Sequence[int], *, now: datetime) -> Iterator[list[int]]:
    """Lock those of the accounts that nobody else has, in id order, and yield their ids; the rest as in `changing`.

    What is done inside is set-based and stores the balances itself. Accounts that are busy are left out, not waited
    for: whoever waits for one would keep all the others.
    """
    with transaction.atomic(durable=True):
        ids = [found for (found,) in statements.rows_of_many(_LOCK_FREE, [arrays.integers(account_ids)])]
        yield ids
        for account in triggers.with_consequences(ids, now=now):
            _leave(account, now=now)


def _leave(account: Account, *, now: datetime) -> None:
    ledger.settle_overdraft(account, now=now)
    triggers.evaluate(account, now=now)


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
