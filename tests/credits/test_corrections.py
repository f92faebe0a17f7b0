"""A correction gives back to the lots that paid, the last first, and never more than the charge took."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from credits import ledger
from credits.ledger import AlreadyBooked, NothingToCorrect
from credits.models import Entry, Journal, Lot
from subscriptions.models import Organization
from tests.credits.desk import Desk, broken_after_sweeping, micros

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def desk(fabrikam: Organization) -> Desk:
    return Desk(fabrikam)


@pytest.fixture(autouse=True)
def _integrity(desk: Desk, now: datetime) -> object:
    yield
    assert broken_after_sweeping(now=now + timedelta(days=800)) == {}


def lots(desk: Desk, *amounts: int, now: datetime) -> None:
    """Lots of these amounts, the first to end first."""
    for number, amount in enumerate(amounts, 1):
        desk.promote(amount, now=now, ends=now + 10 * number * DAY)


def left(desk: Desk) -> list[Decimal]:
    return list(desk.account.lots.order_by("pk").values_list("remaining", flat=True))


def test_the_lot_that_paid_last_is_given_back_first(desk: Desk, now: datetime) -> None:
    lots(desk, 2, 3, 4, 5, now=now)
    desk.spend(11, now=now)

    desk.correct("call:0", micros(4), now=now)

    assert left(desk) == [0, 0, 2, 5]


def test_the_order_of_payment_is_kept_among_many_charges_over_many_lots(desk: Desk, now: datetime) -> None:
    lots(desk, *[1] * 40, now=now)
    desk.spend(*["2.5"] * 16, now=now)

    for number in range(16):
        charge = desk.journal(f"call:{number}")
        paid = list(Entry.objects.filter(journal=charge).order_by("pk").values_list("lot", flat=True))
        assert paid == sorted(paid, key=lambda pk: pk or 0)
        desk.correct(f"call:{number}", micros("0.5"), now=now)

    kept = [Decimal(0)] * 40
    for number in range(16):
        last = int(Decimal("2.5") * (number + 1) - Decimal("0.1"))
        kept[last] += Decimal("0.5")
    assert left(desk) == kept


def test_what_is_still_owed_for_the_charge_is_waived_first(desk: Desk, now: datetime) -> None:
    lots(desk, 5, now=now)
    desk.spend(8, now=now)

    desk.correct("call:0", micros(4), now=now)

    assert (desk.fresh().overdraft, left(desk), desk.fresh().balance) == (0, [1], 1)


def test_a_settled_debt_goes_back_to_the_lot_that_settled_it(desk: Desk, now: datetime) -> None:
    lots(desk, 5, now=now)
    desk.spend(8, now=now)
    desk.promote(20, now=now, ends=now + 15 * DAY)

    desk.correct("call:0", micros(4), now=now)

    assert left(desk) == [1, 20]


def test_what_comes_back_pays_other_debts_at_once(desk: Desk, now: datetime) -> None:
    lots(desk, 5, now=now)
    desk.spend(5, 4, now=now)

    desk.correct("call:0", micros(3), now=now)

    assert (left(desk), desk.fresh().overdraft) == ([0], 1)


def test_twice_in_part_gives_back_what_was_taken_and_no_more(desk: Desk, now: datetime) -> None:
    lots(desk, 2, 3, now=now)
    desk.spend(4, now=now)

    desk.correct("call:0", micros("1.5"), now=now)
    assert left(desk) == [0, Decimal("2.5")]
    desk.correct("call:0", micros("2.5"), now=now)
    assert left(desk) == [2, 3]

    with pytest.raises(NothingToCorrect):
        desk.correct("call:0", 1, now=now)


@pytest.mark.parametrize("cost", ["4.000001", "0", "-1", "1000000000"])
def test_more_than_was_charged_or_nothing_at_all_is_refused(desk: Desk, now: datetime, cost: str) -> None:
    lots(desk, 10, now=now)
    desk.spend(4, now=now)

    with pytest.raises(NothingToCorrect):
        desk.correct("call:0", micros(cost), now=now)

    assert left(desk) == [6]


def test_what_an_expired_lot_paid_comes_back_as_a_new_lot_of_thirty_days(desk: Desk, now: datetime) -> None:
    lots(desk, 2, 30, now=now)
    desk.spend(4, now=now)
    later = now + 10 * DAY

    desk.correct("call:0", micros(3), now=later)

    assert left(desk) == [0, 30, 1]
    made = desk.lot(2)
    assert (made.kind, made.amount, made.expires_at) == (Lot.Kind.CORRECTION, 1, later + 30 * DAY)


def test_what_went_into_a_new_lot_is_not_given_back_again(desk: Desk, now: datetime) -> None:
    lots(desk, 2, 3, now=now)
    desk.spend(5, now=now)
    later = now + 10 * DAY
    desk.correct("call:0", micros(4), now=later)
    assert left(desk) == [0, 3, 1]

    desk.correct("call:0", micros(1), now=now + 20 * DAY)

    assert left(desk) == [0, 3, 1, 1]
    with pytest.raises(NothingToCorrect):
        desk.correct("call:0", 1, now=now + 20 * DAY)


def test_the_key_of_a_correction_is_good_once(desk: Desk, now: datetime) -> None:
    lots(desk, 5, now=now)
    desk.spend(4, now=now)
    desk.correct("call:0", micros(1), now=now, under="once")

    with pytest.raises(AlreadyBooked):
        desk.correct("call:0", micros(2), now=now, under="once")

    assert left(desk) == [2]


def test_only_a_charge_can_be_corrected(desk: Desk, now: datetime) -> None:
    """Not a correction, a settlement, an expiry, a refund, a void, an adjustment, a purchase or a lost dispute."""
    desk.buy(5, now=now)
    desk.buy(5, now=now)
    desk.spend(12, now=now)
    desk.promote(9, now=now, ends=now + 20 * DAY)
    desk.correct("call:0", micros(4), now=now)
    desk.refund(1, micros(1), now=now)
    desk.adjust(-1, now=now)
    desk.lose("lost", 0, now=now)
    desk.void(1, now=now)
    desk.promote(50, now=now, ends=now + 30 * DAY)
    desk.expire(now=now + 50 * DAY)

    others = Journal.objects.exclude(kind=Journal.Kind.USAGE)
    assert {journal.kind for journal in others} == set(Journal.Kind.values) - {Journal.Kind.USAGE}
    for journal in others:
        with pytest.raises(NothingToCorrect):
            desk.correct(journal.key, 1, now=now + 50 * DAY)


def test_a_charge_of_another_account_cannot_be_corrected(desk: Desk, northwind: Organization, now: datetime) -> None:
    other = Desk(northwind)
    other.promote(10, now=now)
    (foreign,) = other.spend(4, now=now)

    def correct_it() -> None:
        from_here = desk.account
        from_here.refresh_from_db()
        ledger.correct(from_here, foreign, 1, key="foreign", why="", now=now)

    with pytest.raises(NothingToCorrect):
        correct_it()


def test_a_corrected_call_that_a_hold_settled(desk: Desk, now: datetime) -> None:
    lots(desk, 2, 30, now=now)
    desk.reserve("live", micros(3), until=now + DAY, now=now)
    desk.settle("live", micros(4), now=now)

    desk.correct("hold:live", micros(3), now=now)

    assert left(desk) == [1, 30]


def test_a_holds_own_lot_that_paid_again_at_the_end_is_given_back_first(desk: Desk, now: datetime) -> None:
    desk.promote(10, now=now, ends=now + 20 * DAY)
    desk.reserve("live", micros(4), until=now + DAY, now=now)
    desk.promote(3, now=now, ends=now + 10 * DAY)
    desk.settle("live", micros(9), now=now)

    desk.correct("hold:live", micros(1), now=now)

    assert left(desk) == [5, 0]
