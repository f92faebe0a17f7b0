"""What is booked for many at once is what would be booked one by one."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits import accounts, expiry, ledger, spending, till
from credits.ledger import AlreadyBooked, Charge
from credits.models import Account, AutoRecharge, Entry, Journal, Lot, Recharge
from subscriptions import money
from subscriptions.models import Organization
from tests import factories
from tests.credits.test_till import give

DAY = timedelta(days=1)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(10))
def test_waiting_charges_are_paid_by_the_lots_that_the_pure_allocation_says(
    fabrikam: Organization, now: datetime, seed: int
) -> None:
    chooser = random.Random(seed)  # noqa: S311  # no secret
    account = fabrikam.account
    lots = [give(account, str(chooser.randint(1, 9)), key=f"lot:{n}", now=now, days=100 + n) for n in range(6)]
    free = [spending.Free(lot.pk, money.to_micros(lot.amount)) for lot in lots]
    charges = [Charge(f"call:{n}", chooser.randint(1, 150_000), 'a "word"') for n in range(40)]

    journals = till._together(account.pk, charges, now=now)

    expected = spending.allocate(free, [charge.micros for charge in charges])
    booked = [
        [(lot, -money.to_micros(amount)) for lot, amount in entries.order_by("pk").values_list("lot_id", "amount")]
        for entries in (Entry.objects.filter(journal_id=journal) for journal in journals)
    ]
    assert booked == [[(part.lot, part.micros) for part in parts] for parts in expected]
    assert list(Journal.objects.filter(pk__in=journals).order_by("pk").values_list("key", flat=True)) == [
        charge.key for charge in charges
    ]


@pytest.mark.django_db
def test_waiting_charges_that_have_consequences_go_the_long_way(contoso: Organization, now: datetime) -> None:
    account = contoso.account
    give(account, "50", key="start", now=now)

    till._together(account.pk, [Charge("call:1", 10_000_000, ""), Charge("call:2", 20_000_000, "")], now=now)
    requested_at_the_trigger = Recharge.objects.count()
    till._together(account.pk, [Charge("call:3", 1, ""), Charge("call:4", 25_000_000, "")], now=now)

    assert requested_at_the_trigger == 0
    assert Recharge.objects.count() == 1
    assert Account.objects.get(pk=account.pk).overdraft == Decimal("5.000001")


@pytest.mark.django_db(transaction=True)
def test_a_known_key_among_waiting_charges_spoils_only_its_own(now: datetime) -> None:
    account = factories.fabrikam().account
    give(account, "10", key="start", now=now)
    till.take(account.pk, Charge("call:1", 1_000_000, ""), now=now)
    tickets = [till._Ticket(Charge(f"call:{n}", 1_000_000, ""), now) for n in (1, 2)]

    till._serve(account.pk, tickets)

    assert isinstance(tickets[0].error, AlreadyBooked)
    assert tickets[1].journal is not None
    assert Account.objects.get(pk=account.pk).balance == 8


@pytest.mark.django_db
def test_many_accounts_expire_as_one_does(fabrikam: Organization, tailspin: Organization, now: datetime) -> None:
    for organization in (fabrikam, tailspin):
        for number, days in enumerate((1, 2, 3, 200)):
            give(organization.account, f"{number + 1}.5", key=f"lot:{number}", now=now, days=days)
        till.take(organization.account.pk, Charge("call", 700_000, ""), now=now)
    due = now + 3 * DAY

    with accounts.changing(fabrikam.account.pk, now=due) as account:
        ledger.expire(account, now=due)
    together = expiry.expire_due(now=due)

    assert together == 3
    assert _shape(fabrikam.account) == _shape(tailspin.account)
    assert Account.objects.get(pk=tailspin.account.pk).balance == Decimal("4.5")


def _shape(account: Account) -> list[tuple[object, ...]]:
    """The journals and lots of the account without their numbers, which differ."""
    names = {lot.pk: f"lot{place}" for place, lot in enumerate(account.lots.order_by("pk"))}
    entries = Entry.objects.filter(account=account).order_by("journal_id", "pk").select_related("journal")
    booked: list[tuple[object, ...]] = [
        (names[entry.lot_id or 0], entry.amount, entry.journal.kind, entry.journal.movement, entry.journal.at)
        for entry in entries
    ]
    return booked + list(account.lots.order_by("pk").values_list("remaining", "expired", "open"))


@pytest.mark.django_db
def test_an_expiry_that_crosses_the_trigger_requests_a_recharge(contoso: Organization, now: datetime) -> None:
    give(contoso.account, "30", key="short", now=now, days=1)
    give(contoso.account, "5", key="long", now=now)
    AutoRecharge.objects.filter(account=contoso.account).update(enabled=True)

    expiry.expire_due(now=now + DAY)

    assert Recharge.objects.get().available == 5
    assert list(Lot.objects.order_by("pk").values_list("remaining", flat=True)) == [0, 5]


@pytest.mark.django_db
def test_a_limit_ends_the_sweep_after_so_many_lots(
    fabrikam: Organization, tailspin: Organization, now: datetime
) -> None:
    for organization in (fabrikam, tailspin):
        give(organization.account, "1", key="lot", now=now, days=1)

    assert [expiry.expire_due(now=now + DAY, limit=1) for _ in range(3)] == [1, 1, 0]
