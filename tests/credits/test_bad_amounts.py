"""What is no amount is refused by name, or by the database, and nothing of it is booked."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from credits.ledger import AlreadyBooked, NotBookable
from credits.models import Journal
from subscriptions.models import Organization
from subscriptions.money import NotExact
from tests.credits.desk import Desk, broken, micros

pytestmark = pytest.mark.django_db

NO_NUMBERS = ["NaN", "sNaN", "Infinity", "-Infinity", "1.0000001", "0.0000001"]
OUT_OF_BOUNDS = ["0", "-0", "1000000000", "1e12", "1e30"]


@pytest.fixture
def desk(fabrikam: Organization, now: datetime) -> Desk:
    """With $6 left of $10, so that giving credit by a negative charge would fit."""
    desk = Desk(fabrikam)
    desk.buy(10, now=now)
    desk.spend(4, now=now, key="earlier")
    return desk


@pytest.fixture(autouse=True)
def _nothing_is_booked(desk: Desk, now: datetime) -> object:
    before = desk.picture(now)
    yield
    assert desk.picture(now) == before
    assert broken(None, now=now + timedelta(days=2)) == {}


@pytest.mark.parametrize("amount", NO_NUMBERS)
def test_what_is_no_exact_number_is_named(desk: Desk, now: datetime, amount: str) -> None:
    for act in (desk.promote, desk.adjust):
        with pytest.raises(NotExact):
            act(amount, now=now)


@pytest.mark.parametrize("amount", OUT_OF_BOUNDS)
def test_nothing_at_all_and_too_much_are_named(desk: Desk, now: datetime, amount: str) -> None:
    for act in (desk.promote, desk.adjust):
        with pytest.raises(NotBookable):
            act(amount, now=now)


def test_a_grant_below_zero_is_named(desk: Desk, now: datetime) -> None:
    with pytest.raises(NotBookable):
        desk.promote(-1, now=now)


@pytest.mark.parametrize("cost", [0, -1, -3_000_000, 10**15])
def test_a_charge_that_takes_nothing_or_gives_is_named(desk: Desk, now: datetime, cost: int) -> None:
    for charges in ({"one": cost}, {"sound": 1, "bad": cost}):
        with pytest.raises(NotBookable):
            desk.debit(charges, now=now)


@pytest.mark.parametrize("cost", [0, -1, 10**15])
def test_the_short_way_refuses_them_too(desk: Desk, now: datetime, cost: int) -> None:
    with pytest.raises(NotBookable):
        desk.take("one", cost, now=now)


def test_the_short_way_knows_the_keys_of_the_long_one(desk: Desk, now: datetime) -> None:
    with pytest.raises(AlreadyBooked), transaction.atomic():
        desk.take("earlier:0", 1, now=now)


def test_a_key_twice_in_one_batch_books_nothing_of_it(desk: Desk, now: datetime) -> None:
    desk.spend(1, now=now)
    desk.correct("call:0", micros(1), now=now)

    with pytest.raises(AlreadyBooked):
        desk.debit({"new": 1, "call:0": 1}, now=now)

    assert not Journal.objects.filter(key="new").exists()


def test_a_known_key_is_refused_whatever_the_body(desk: Desk, now: datetime) -> None:
    with pytest.raises(AlreadyBooked):
        desk.debit({"earlier:0": 1}, now=now)
    with pytest.raises(AlreadyBooked):
        desk.promote(3, now=now, key="earlier:0")
    with pytest.raises(AlreadyBooked):
        desk.adjust(-3, now=now, key="earlier:0")


def test_two_organizations_may_use_the_same_key(desk: Desk, northwind: Organization, now: datetime) -> None:
    other = Desk(northwind)

    other.spend(1, now=now, key="earlier")

    assert other.fresh().balance == -1


@pytest.mark.parametrize("why", ["", 'a "quoted" \\ reason', "{1,2}", "NULL", "naïve 電話", "two\nlines"])
def test_words_are_kept_as_they_are(northwind: Organization, now: datetime, why: str) -> None:
    other = Desk(northwind)

    other.adjust(1, now=now, key=f"key {why}", why=why or " ")

    assert other.journal(f"key {why}").why == (why or " ")


@pytest.mark.parametrize("amount", ["NaN", "1000000000", "-1000000000.000001"])
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO credits_journal (movement, account_id, at, kind, key, why)"
        " VALUES (%s, %s, now(), 'usage', 'x', '')",
        "INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)"
        " SELECT account_id, id, NULL, %s FROM credits_journal WHERE account_id = %s LIMIT 1",
        "UPDATE credits_lot SET amount = %s WHERE account_id = %s",
        "UPDATE credits_lot SET remaining = %s WHERE account_id = %s",
        "UPDATE credits_lot SET held = %s WHERE account_id = %s",
        "UPDATE credits_account SET overdraft = %s WHERE id = %s",
    ],
    ids=lambda text: " ".join(text.split()[:4]),
)
def test_the_database_refuses_what_is_no_amount(desk: Desk, amount: str, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [amount, desk.account.pk])
