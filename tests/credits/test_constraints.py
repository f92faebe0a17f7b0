"""What the database itself refuses, by the name of the constraint that says so."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from credits.models import Account, Debt, Entry, Hold, Journal, Lot, Payment, Recharge
from subscriptions.models import Organization
from tests.credits.desk import Desk
from tests.factories import MethodFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(contoso: Organization, now: datetime) -> Desk:
    """Contoso with a purchase, a gift and a call."""
    desk = Desk(contoso)
    desk.buy(50, now=now)
    desk.promote(20, now=now)
    desk.spend(5, now=now)
    return desk


@pytest.fixture
def other(northwind: Organization, now: datetime) -> Account:
    """Northwind with a gift and a debt."""
    desk = Desk(northwind)
    desk.promote(1, now=now)
    desk.spend(3, now=now)
    return desk.account


def refused(by: str) -> Any:
    return pytest.raises(IntegrityError, match=by)


def journal(account: Account, now: datetime, **values: Any) -> Journal:
    return Journal.objects.create(**{"account": account, "key": "new", "at": now, "why": "because", **values})


def test_an_entry_and_its_journal_are_of_one_account(desk: Desk, other: Account) -> None:
    charge = other.journals.get(kind="usage")

    with refused("an_entry_and_its_journal_are_of_one_account|do not sum"), transaction.atomic():
        Entry.objects.create(account=desk.account, journal=charge, amount=charge.movement)


def test_an_entry_and_its_lot_are_of_one_account(desk: Desk, other: Account, now: datetime) -> None:
    foreign = other.lots.get()

    with refused("an_entry_and_its_lot_are_of_one_account"), transaction.atomic():
        booked = journal(desk.account, now, kind="grant", movement=1)
        Entry.objects.create(account=desk.account, journal=booked, lot=foreign, amount=1)


def test_a_debt_and_its_charge_are_of_one_account(desk: Desk, other: Account) -> None:
    with refused("a_debt_and_its_charge_are_of_one_account"), transaction.atomic():
        Debt.objects.update(account=desk.account)


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({"kind": "settlement", "movement": 0, "origin": "foreign"}, "a_journal_and_its_charge_are_of_one_account"),
        ({"kind": "refund", "movement": -1, "payment": "foreign"}, "a_journal_and_its_payment_are_of_one_account"),
        ({"kind": "refund", "movement": -1}, "a_purchase_or_refund_names_its_payment"),
        ({"kind": "purchase", "movement": 1}, "a_purchase_or_refund_names_its_payment"),
        ({"kind": "usage", "movement": 1}, "a_movement_goes_the_way_of_its_kind"),
        ({"kind": "usage", "movement": 0}, "a_movement_goes_the_way_of_its_kind"),
        ({"kind": "grant", "movement": -1}, "a_movement_goes_the_way_of_its_kind"),
        ({"kind": "expiry", "movement": 1}, "a_movement_goes_the_way_of_its_kind"),
        ({"kind": "settlement", "movement": 1}, "a_settlement_leaves_the_balance"),
        ({"kind": "correction", "movement": 1}, "a_settlement_or_correction_names_its_charge"),
        ({"kind": "adjustment", "movement": 1}, "an_adjustment_names_who_and_why"),
    ],
)
def test_a_journal_is_refused(desk: Desk, other: Account, now: datetime, values: dict[str, Any], by: str) -> None:
    own = desk.account.journals.get(kind="usage")
    foreign = {"origin": other.journals.get(kind="usage"), "payment": desk.account.payments.get()}
    account = other if values.get("payment") else desk.account
    named = {name: foreign[name] if value == "foreign" else value for name, value in values.items()}
    if values["kind"] == "settlement":
        named.setdefault("origin", own)

    with refused(by), transaction.atomic():
        journal(account, now, **named)


def test_a_lot_and_its_payment_are_of_one_account(desk: Desk, other: Account) -> None:
    unspent = desk.account.payments.get()
    unspent.pk, unspent.key, unspent.provider_ref = None, uuid4(), "pi_other"
    unspent.save()

    with refused("a_lot_and_its_payment_are_of_one_account"), transaction.atomic():
        Lot.objects.filter(account=other).update(kind="purchase", payment=unspent)
    unspent.delete()


def test_a_payment_makes_one_lot(desk: Desk) -> None:
    with refused("payment_id"), transaction.atomic():
        Lot.objects.filter(kind="promotion").update(kind="purchase", payment=desk.account.payments.get())


def test_a_payment_its_card_and_its_round_are_of_one_account(desk: Desk, other: Account, now: datetime) -> None:
    card = MethodFactory.create(account=other)
    round_ = Recharge.objects.create(
        account=other, requested_at=now, available=0, trigger_amount=20, recharge_amount=50, due_at=now
    )

    with refused("a_payment_and_its_card_are_of_one_account"), transaction.atomic():
        Payment.objects.update(method=card)
    with refused("a_payment_and_its_recharge_are_of_one_account"), transaction.atomic():
        Payment.objects.update(kind="automatic", recharge=round_)


def test_a_hold_and_its_journal_are_of_one_account(desk: Desk, other: Account, now: datetime) -> None:
    desk.reserve("call", 1_000_000, until=now + timedelta(hours=1), now=now)

    with refused("a_hold_and_its_journal_are_of_one_account"), transaction.atomic():
        Hold.objects.update(journal=other.journals.get(kind="usage"))
    desk.release("call", now=now)


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ({"voided": F("amount")}, "a_lot_loses_no_more_than_it_had"),
        ({"remaining": F("amount") + 1}, "no_more_remains_than_was_bought|a_lot_loses_no_more_than_it_had"),
        ({"held": F("remaining") + 1}, "no_more_is_held_than_remains"),
        ({"open": False}, "open_says_something_is_left"),
        ({"frozen_at": "now"}, "a_frozen_lot_is_disputed"),
        ({"amount": Decimal(10**9)}, "lot_amount_is_bounded"),
    ],
)
def test_a_lot_is_refused(desk: Desk, now: datetime, values: dict[str, Any], by: str) -> None:
    changed = {name: now if value == "now" else value for name, value in values.items()}

    with refused(by), transaction.atomic():
        Lot.objects.filter(kind="promotion").update(**changed)


def test_keys_over_two_columns_have_taken_the_place_of_those_over_one(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT conrelid::regclass::text, conname FROM pg_constraint
                WHERE contype = 'f' AND confrelid = 'credits_journal'::regclass AND cardinality(conkey) = 1
                  AND conrelid::regclass::text LIKE 'credits%'"""
        )
        assert cursor.fetchall() == []
