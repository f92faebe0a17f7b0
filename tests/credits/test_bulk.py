"""Thousands of charges at once end like the same charges one after another."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits import accounts, ledger
from credits.ledger import AlreadyBooked, Charge
from credits.models import Account, Lot
from subscriptions.models import Organization

AMOUNTS = [1 + n * n % 90_000 for n in range(1500)]


def lots(organization: Organization, now: datetime) -> Account:
    account: Account = organization.account
    with accounts.changing(account.pk, now=now) as locked:
        for number in range(4):
            ledger.grant(
                locked,
                kind=Lot.Kind.PROMOTION,
                amount=Decimal(10),
                key=f"lot:{number}",
                why="",
                now=now,
                expires_at=now + timedelta(days=30 - number),
            )
    return account


def end_of(account: Account) -> tuple[object, ...]:
    account.refresh_from_db()
    return (
        (account.balance, account.overdraft),
        list(account.lots.order_by("expires_at").values_list("remaining", "open")),
        list(account.journals.order_by("pk").values_list("kind", "key", "movement", "why", "at")),
        list(
            account.entries.order_by("journal_id", "lot__expires_at").values_list(
                "journal__key", "lot__expires_at", "amount"
            )
        ),
        list(account.debts.order_by("journal_id").values_list("journal__key", "amount", "remaining", "open")),
    )


def test_debit_many_is_debit(tailspin: Organization, northwind: Organization, now: datetime) -> None:
    keys, whys = [f"charge:{n}" for n in range(len(AMOUNTS))], [f"user_out\t{n}\\" for n in range(len(AMOUNTS))]
    one, other = lots(tailspin, now), lots(northwind, now)

    with accounts.changing(one.pk, now=now) as account:
        ledger.debit(account, [Charge(*words) for words in zip(keys, AMOUNTS, whys, strict=True)], now=now)
    with accounts.changing(other.pk, now=now) as account:
        ids = ledger.debit_many(account, keys, AMOUNTS, whys, now=now)

    assert end_of(other) == end_of(one)
    assert ids == list(other.journals.filter(kind="usage").order_by("pk").values_list("pk", flat=True))
    assert other.overdraft > 0


def test_a_known_key_books_nothing(tailspin: Organization, now: datetime) -> None:
    account = lots(tailspin, now)
    with accounts.changing(account.pk, now=now) as locked:
        ledger.debit_many(locked, ["charge:1"], [5], [""], now=now)

    with pytest.raises(AlreadyBooked), accounts.changing(account.pk, now=now) as locked:
        ledger.debit_many(locked, ["charge:2", "charge:1"], [5, 5], ["", ""], now=now)

    account.refresh_from_db()
    assert account.balance == Decimal("39.999995")
