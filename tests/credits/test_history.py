"""The balance as of any past instant, and the trace between charges and lots, in both directions."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits import history
from credits.history import Share
from credits.models import Journal
from subscriptions.models import Organization
from tests.credits.desk import Desk, broken_after_sweeping, micros

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(fabrikam: Organization, northwind: Organization, now: datetime) -> Desk:
    Desk(northwind).promote(777, now=now)
    return Desk(fabrikam)


@pytest.fixture(autouse=True)
def _integrity(desk: Desk, now: datetime) -> object:
    yield
    assert broken_after_sweeping(now=now + timedelta(days=800)) == {}


def test_the_balance_of_every_past_instant(desk: Desk, now: datetime) -> None:
    desk.promote(10, now=now + HOUR, ends=now + 5 * HOUR)
    desk.spend(4, "2.5", now=now + 2 * HOUR)
    desk.spend(9, now=now + 3 * HOUR, key="more")
    desk.correct("more:0", micros(7), now=now + 4 * HOUR)
    desk.expire(now=now + 5 * HOUR)

    moment = timedelta(microseconds=1)
    expected = {
        now: 0,
        now + HOUR - moment: 0,
        now + HOUR: 10,
        now + 2 * HOUR - moment: 10,
        now + 2 * HOUR: Decimal("3.5"),
        now + 3 * HOUR: Decimal("-5.5"),
        now + 4 * HOUR: Decimal("1.5"),
        now + 5 * HOUR: 0,
        now + timedelta(days=5000): 0,
    }
    assert {instant: history.balance_at(desk.account, instant) for instant in expected} == expected


def test_a_settlement_does_not_move_the_balance_of_the_past(desk: Desk, now: datetime) -> None:
    desk.spend(5, now=now)

    desk.promote(20, now=now + HOUR)

    assert history.balance_at(desk.account, now) == -5
    assert history.balance_at(desk.account, now + HOUR) == 15


def test_who_paid_for_a_charge(desk: Desk, now: datetime) -> None:
    first = desk.promote(2, now=now, ends=now + 10 * HOUR)
    second = desk.promote(3, now=now, ends=now + 20 * HOUR)
    (charge,) = desk.spend(9, now=now)
    third = desk.promote(1, now=now, ends=now + 30 * HOUR)

    assert history.lots_of(charge) == [
        Share(charge.pk, first.pk, Decimal(2)),
        Share(charge.pk, second.pk, Decimal(3)),
        Share(charge.pk, third.pk, Decimal(1)),
        Share(charge.pk, None, Decimal(3)),
    ]


def test_what_a_lot_paid_for(desk: Desk, now: datetime) -> None:
    (old,) = desk.spend(4, now=now, key="old")
    lot = desk.promote(10, now=now)
    one, another = desk.spend(1, 2, now=now)
    desk.correct("call:1", micros("0.5"), now=now)

    assert history.charges_of(lot) == [
        Share(old.pk, lot.pk, Decimal(4)),
        Share(one.pk, lot.pk, Decimal(1)),
        Share(another.pk, lot.pk, Decimal("1.5")),
    ]


def test_a_charge_given_back_in_full_leaves_no_trace(desk: Desk, now: datetime) -> None:
    lot = desk.promote(10, now=now)
    (charge,) = desk.spend(4, now=now)
    desk.correct("call:0", micros(4), now=now)

    assert history.lots_of(charge) == []
    assert history.charges_of(lot) == []


def test_both_directions_say_the_same(desk: Desk, now: datetime) -> None:
    """And the shares of a charge sum to what it cost, less what was given back."""
    for number in range(6):
        desk.spend(*range(1, 5), now=now, key=f"batch {number}")
        desk.promote(7, now=now, ends=now + (40 - number) * HOUR)
        desk.correct(f"batch {number}:3", micros(2), now=now)
    desk.expire(now=now + 36 * HOUR)
    desk.correct("batch 1:3", micros(2), now=now + 36 * HOUR)

    charges = Journal.objects.filter(account=desk.account, kind=Journal.Kind.USAGE)
    forth = [share for charge in charges for share in history.lots_of(charge)]
    back = [share for lot in desk.account.lots.all() for share in history.charges_of(lot)]
    assert Counter(share for share in forth if share.lot) == Counter(back)
    for charge in charges:
        given = sum(one.movement for one in charge.followers.filter(kind=Journal.Kind.CORRECTION))
        assert sum(share.amount for share in history.lots_of(charge)) == -charge.movement - given
