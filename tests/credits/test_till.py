"""One charge now: the short way and the long way book the same, and thirty-two threads lose nothing."""

import random
import threading
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from credits import accounts, ledger, spending, till
from credits.ledger import AlreadyBooked, Charge
from credits.models import Account, AutoRecharge, Entry, Journal, Lot, Recharge
from subscriptions import money
from subscriptions.models import Organization
from tests import factories

LOTS = 5
DEBITS = 300


def give(account: Account, amount: str, *, key: str, now: datetime, days: int = 100) -> Lot:
    with accounts.changing(account.pk, now=now) as locked:
        return ledger.grant(
            locked,
            kind=Lot.Kind.PROMOTION,
            amount=Decimal(amount),
            key=key,
            why="",
            now=now,
            expires_at=now + timedelta(days=days),
        )


@pytest.mark.django_db
def test_the_short_way_books_what_the_pure_allocation_says(fabrikam: Organization, now: datetime) -> None:
    chooser = random.Random(7)  # noqa: S311  # no secret
    account = fabrikam.account
    lots = [give(account, str(chooser.randint(1, 40)), key=f"lot:{n}", now=now, days=100 + n) for n in range(LOTS)]
    free = [spending.Free(lot.pk, money.to_micros(lot.amount)) for lot in lots]
    charges = [Charge(f"call:{n}", chooser.randint(1, 400_000), "") for n in range(DEBITS)]

    journals = [till.take(account.pk, charge, now=now) for charge in charges]

    expected = spending.allocate(free, [charge.micros for charge in charges])
    for journal, parts in zip(journals, expected, strict=True):
        booked = Entry.objects.filter(journal_id=journal).values_list("lot_id", "amount")
        assert {lot: -money.to_micros(amount) for lot, amount in booked} == {part.lot: part.micros for part in parts}


@pytest.mark.django_db
def test_what_has_consequences_goes_the_long_way(contoso: Organization, now: datetime) -> None:
    account = contoso.account
    give(account, "50", key="start", now=now)

    till.take(account.pk, Charge("call:1", 30_000_000, ""), now=now)
    requested_at_the_trigger = Recharge.objects.count()
    till.take(account.pk, Charge("call:2", 1, ""), now=now)
    AutoRecharge.objects.update(enabled=False)
    till.take(account.pk, Charge("call:3", 25_000_000, ""), now=now)

    assert requested_at_the_trigger == 0
    assert Recharge.objects.count() == 1
    assert Account.objects.get(pk=account.pk).overdraft == Decimal("5.000001")


@pytest.mark.django_db
def test_an_expired_lot_pays_nothing_on_the_short_way(fabrikam: Organization, now: datetime) -> None:
    give(fabrikam.account, "10", key="old", now=now, days=1)

    till.take(fabrikam.account.pk, Charge("call", 1_000_000, ""), now=now + timedelta(days=1))

    assert Account.objects.get(pk=fabrikam.account.pk).overdraft == 1


@pytest.mark.django_db(transaction=True)
def test_threads_are_served_together_and_each_key_once(now: datetime) -> None:
    account = factories.fabrikam().account
    give(account, "1000", key="start", now=now)
    refused: list[str] = []

    def persist(number: int) -> None:
        # Every key is tried by two threads.
        for turn in range(10):
            try:
                till.take(account.pk, Charge(f"call:{number // 2}:{turn}", 1_000_000, ""), now=now)
            except AlreadyBooked:
                refused.append(f"{number}:{turn}")
        connection.close()

    threads = [threading.Thread(target=persist, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(refused) == 160
    assert Journal.objects.filter(account=account, kind="usage").count() == 160
    assert Account.objects.get(pk=account.pk).balance == 840
    assert till._queues == {}
