"""The ledger's rules on a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from credits import accounts, figures, ledger
from credits.ledger import Charge
from credits.models import Account, Debt, Entry, Journal, Lot
from subscriptions.models import Organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(fabrikam: Organization) -> Account:
    return fabrikam.account


def give(account: Account, amount: int | str, now: datetime, *, key: str = "gift", **more: object) -> Lot:
    with accounts.changing(account.pk, now=now) as locked:
        return ledger.grant(
            locked,
            kind=Lot.Kind.PROMOTION,
            amount=Decimal(amount),
            key=key,
            why="",
            now=now,
            **more,  # type: ignore[arg-type]
        )


def spend(account: Account, *amounts: str, now: datetime, key: str = "call") -> list[int]:
    charges = [
        Charge(key=f"{key}:{number}", micros=int(Decimal(amount) * 10**6), why="")
        for number, amount in enumerate(amounts)
    ]
    with accounts.changing(account.pk, now=now) as locked:
        return ledger.debit(locked, charges, now=now)


def test_a_grant_is_a_full_lot_and_moves_the_balance(account: Account, now: datetime) -> None:
    lot = give(account, 50, now)

    account.refresh_from_db()
    assert (lot.amount, lot.remaining, account.balance) == (50, 50, 50)


def test_a_lot_lapses_at_the_end_of_the_day_twelve_months_later_in_the_organizations_zone(
    contoso: Organization,
) -> None:
    late = datetime(2028, 2, 29, 3, 0, tzinfo=UTC)  # still the 28th in New York

    lot = give(contoso.account, 50, late)

    assert lot.expires_at == datetime(2029, 3, 1, 5, 0, tzinfo=UTC)


def test_a_debit_runs_over_several_lots_in_spending_order(account: Account, now: datetime) -> None:
    later = give(account, 10, now, key="later", expires_at=now + timedelta(days=60))
    sooner = give(account, 10, now, key="sooner", expires_at=now + timedelta(days=30))

    (journal,) = spend(account, "12.5", now=now)

    assert dict(Entry.objects.filter(journal=journal).values_list("lot", "amount")) == {
        sooner.pk: Decimal(-10),
        later.pk: Decimal("-2.5"),
    }


def test_a_lot_is_not_spent_after_its_expiry_even_if_the_sweep_has_not_run(account: Account, now: datetime) -> None:
    give(account, 10, now, expires_at=now + timedelta(days=1))

    spend(account, "1", now=now + timedelta(days=1))

    account.refresh_from_db()
    assert account.overdraft == 1


def test_what_no_lot_covers_becomes_overdraft_with_a_debt(account: Account, now: datetime) -> None:
    give(account, 10, now)

    journals = spend(account, "8", "5", now=now)

    account.refresh_from_db()
    assert (account.balance, account.overdraft) == (Decimal(-3), Decimal(3))
    assert Debt.objects.get().pk == journals[1]


def test_money_in_makes_a_full_lot_and_pays_the_oldest_debt_first(account: Account, now: datetime) -> None:
    first, second = spend(account, "30", "40", now=now)

    lot = give(account, 50, now)

    account.refresh_from_db()
    lot.refresh_from_db()
    assert (account.balance, account.overdraft, lot.amount, lot.remaining) == (-20, 20, 50, 0)
    assert list(Journal.objects.filter(kind="settlement").order_by("pk").values_list("origin", flat=True)) == [
        first,
        second,
    ]
    assert Debt.objects.get(open=True).remaining == 20


def test_a_key_books_once(account: Account, now: datetime) -> None:
    give(account, 10, now)
    spend(account, "1", now=now)

    with pytest.raises(ledger.AlreadyBooked):
        spend(account, "1", now=now)

    account.refresh_from_db()
    assert account.balance == 9


def test_expiry_forfeits_what_is_left_once(account: Account, now: datetime) -> None:
    give(account, 10, now, expires_at=now + timedelta(days=1))
    spend(account, "4", now=now)
    later = now + timedelta(days=2)

    for _ in range(2):
        with accounts.changing(account.pk, now=later) as locked:
            ledger.expire(locked, now=later)

    account.refresh_from_db()
    assert (account.balance, Lot.objects.get().expired) == (0, 6)


def test_the_four_figures(account: Account, now: datetime) -> None:
    give(account, 10, now, key="soon", expires_at=now + timedelta(days=10))
    give(account, 25, now, key="late", expires_at=now + timedelta(days=100))

    read = figures.of(Account.objects.get(), now=now)

    assert (read.settled, read.held, read.available, read.expiring) == (35, 0, 35, 10)
    assert figures.of(Account.objects.get(), now=now + timedelta(days=10)).available == 25


@pytest.mark.parametrize("table", ["credits_journal", "credits_entry"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET account_id = account_id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_ledger(account: Account, now: datetime, table: str, statement: str) -> None:
    give(account, 10, now)

    with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_the_database_refuses_entries_that_do_not_sum_to_the_movement(account: Account, now: datetime) -> None:
    lot = give(account, 10, now)

    @transaction.atomic
    def book_unbalanced() -> None:
        journal = Journal.objects.create(account=account, kind="grant", key="x", at=now, movement=5)
        Entry.objects.create(account=account, journal=journal, lot=lot, amount=4)

    with pytest.raises(IntegrityError, match="do not sum"):
        book_unbalanced()


@pytest.mark.parametrize("amount", ["NaN", "999999999999"])
def test_the_database_refuses_an_amount_out_of_bounds(account: Account, now: datetime, amount: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_account SET balance = %s", [amount])
