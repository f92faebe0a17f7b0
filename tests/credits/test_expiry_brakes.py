"""The brakes of the expiry sweep: a wrong clock expires nothing, an unusual run waits for a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from credits import accounts, brakes, expiry, figures, holds, ledger
from credits.models import Account, Brake, ExpiryRun, Journal, Lot
from subscriptions.models import Organization, User
from tests.credits.desk import Desk, broken, micros
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Clock:
    """The database's clock, as the test says; whoever only hands in `now` has the same."""

    def __init__(self) -> None:
        self.off = timedelta(0)
        self.now: datetime | None = None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(expiry, "database_clock", lambda: clock.now)
    return clock


@pytest.fixture
def desk(fabrikam: Organization, settings: Any) -> Desk:
    settings.EXPIRY_BRAKE_LOTS = 3
    return Desk(fabrikam)


@pytest.fixture
def staff() -> User:
    return UserFactory.create(is_staff=True)


def sweep(clock: Clock, now: datetime) -> int:
    clock.now = now + clock.off
    return expiry.sweep(now=now)


def lapse(desk: Desk, lots: int, amount: str, *, now: datetime, ends: datetime) -> None:
    """So many lots of that amount that end then."""
    for _ in range(lots):
        desk.promote(amount, now=now, ends=ends)


def remembered(amount: str, *days: datetime) -> None:
    for day in days:
        ExpiryRun.objects.create(began_at=day, lots=1, amount=Decimal(amount))


def pulled() -> str:
    brake = Brake.objects.filter(what="expiry", released_at=None).first()
    return brake.why if brake else ""


def test_the_database_tells_its_clock() -> None:
    assert expiry.database_clock().utcoffset() is not None


def test_an_ordinary_run_expires_and_is_remembered(desk: Desk, clock: Clock, now: datetime) -> None:
    desk.promote(100, now=now, ends=now + 400 * DAY)
    lapse(desk, 2, "5", now=now, ends=now + DAY)

    assert sweep(clock, now + DAY) == 2
    assert sweep(clock, now + DAY) == 0

    run = ExpiryRun.objects.get()
    assert (run.began_at, run.lots, run.amount) == (now + DAY, 2, 10)


@pytest.mark.parametrize("off", [timedelta(days=400), timedelta(seconds=61), -timedelta(seconds=61)])
def test_a_worker_whose_clock_is_wrong_expires_nothing_and_calls_somebody(
    desk: Desk, clock: Clock, now: datetime, caplog: pytest.LogCaptureFixture, off: timedelta
) -> None:
    lapse(desk, 3, "5", now=now, ends=now + DAY)
    clock.off = -off

    assert sweep(clock, now + 2 * DAY + off) == 0

    assert (desk.fresh().balance, Journal.objects.filter(kind="expiry").count()) == (15, 0)
    assert [record.levelname for record in caplog.records] == ["CRITICAL"]
    assert pulled() == ""  # the other workers' clocks may be right


def test_a_minute_between_the_clocks_is_nothing(desk: Desk, clock: Clock, now: datetime) -> None:
    desk.promote(100, now=now, ends=now + 400 * DAY)
    desk.promote(5, now=now, ends=now + DAY)
    clock.off = timedelta(seconds=60)

    assert sweep(clock, now + DAY) == 1


def test_a_last_run_in_the_future_stops_the_next(desk: Desk, clock: Clock, now: datetime, staff: User) -> None:
    desk.promote(5, now=now, ends=now + DAY)
    remembered("1", now + 30 * DAY)

    assert sweep(clock, now + DAY) == 0
    assert "yet to come" in pulled()

    brakes.release(Brake.objects.get(), actor=staff, note="A wrong clock, mended", now=now + DAY)
    assert sweep(clock, now + DAY) == 1
    desk.promote(5, now=now, ends=now + 2 * DAY)
    assert sweep(clock, now + 2 * DAY) == 1


def test_a_fifth_of_all_credit_at_once_stops_and_asks(
    desk: Desk, clock: Clock, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    desk.promote("59.99", now=now, ends=now + 400 * DAY)
    lapse(desk, 3, "5", now=now, ends=now + DAY)

    assert [sweep(clock, now + DAY) for _ in range(2)] == [0, 0]

    assert (desk.fresh().balance, pulled()) == (
        Decimal("74.99"),
        "3 lots with 15.000000 would expire, of 74.990000 in all",
    )
    assert [record.levelname for record in caplog.records] == ["CRITICAL"]
    assert figures.of(desk.fresh(), now=now + DAY).available == Decimal("59.99")  # no longer to be spent, all the same


def test_less_than_a_fifth_goes_through(desk: Desk, clock: Clock, now: datetime) -> None:
    desk.promote(60, now=now, ends=now + 400 * DAY)
    lapse(desk, 3, "5", now=now, ends=now + DAY)

    assert sweep(clock, now + DAY) == 3


def test_few_lots_are_never_too_many(desk: Desk, clock: Clock, now: datetime) -> None:
    remembered("0.01", now - DAY)
    lapse(desk, 2, "500", now=now, ends=now + DAY)

    assert sweep(clock, now + DAY) == 2


@pytest.mark.parametrize(("usual", "expired"), [("3", 3), ("2.99", 0)])
def test_more_than_five_usual_days_stop_and_ask(
    desk: Desk, clock: Clock, now: datetime, usual: str, expired: int
) -> None:
    desk.promote(1000, now=now, ends=now + 400 * DAY)
    remembered(usual, now - 2 * DAY, now - 30 * DAY)
    remembered("900", now - 91 * DAY)
    lapse(desk, 3, "5", now=now, ends=now + DAY)

    assert sweep(clock, now + DAY) == expired

    assert bool(pulled()) is not bool(expired)


def test_after_days_of_outage_each_day_counts_and_lots_end_when_they_should(
    desk: Desk, clock: Clock, now: datetime
) -> None:
    desk.promote(1000, now=now, ends=now + 400 * DAY)
    remembered("3", now - DAY)
    for day in range(1, 4):
        lapse(desk, 3, "5", now=now, ends=now + day * DAY)
    came = now + 3 * DAY + timedelta(hours=5)
    before = figures.of(desk.fresh(), now=came).available

    desk.spend(1, now=came)

    assert before == 1000
    assert sweep(clock, came) == 9
    lost = Lot.objects.filter(expired__gt=0)
    assert {lot.expires_at for lot in lost} == {now + day * DAY for day in range(1, 4)}
    assert (desk.fresh().balance, broken(None, now=came)) == (999, {})


def test_a_released_brake_lets_that_run_through_once(desk: Desk, clock: Clock, now: datetime, staff: User) -> None:
    lapse(desk, 3, "5", now=now, ends=now + DAY)
    sweep(clock, now + DAY)
    brakes.release(Brake.objects.get(), actor=staff, note="A promotion has ended", now=now + DAY)

    assert sweep(clock, now + DAY) == 3

    lapse(desk, 3, "50", now=now, ends=now + DAY)
    assert sweep(clock, now + DAY) == 0
    assert Brake.objects.count() == 2


def test_a_release_is_good_for_a_day(desk: Desk, clock: Clock, now: datetime, staff: User) -> None:
    brakes.pull(Brake.What.EXPIRY, why="tried", now=now)
    brakes.release(Brake.objects.get(), actor=staff, note="only tried", now=now)
    lapse(desk, 3, "5", now=now, ends=now + DAY)

    assert sweep(clock, now + DAY + timedelta(seconds=1)) == 0
    assert pulled()


def test_what_a_call_keeps_is_left_to_it(desk: Desk, clock: Clock, now: datetime) -> None:
    desk.promote(10, now=now, ends=now + DAY)
    holds.reserve(desk.account, "call", micros(4), until=now + 2 * DAY, now=now)

    assert sweep(clock, now + DAY) == 1

    assert (desk.lot(0).expired, desk.lot(0).held, Account.objects.get().balance) == (6, 4, 4)
    assert ExpiryRun.objects.get().amount == 6


def test_accounts_that_are_busy_are_counted_too(
    desk: Desk, clock: Clock, now: datetime, northwind: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.promote(5, now=now, ends=now + DAY)
    Desk(northwind).promote(7, now=now, ends=now + DAY)
    monkeypatch.setattr(accounts, "_LOCK_FREE", "SELECT id FROM credits_account WHERE id = ANY(%s::bigint[]) AND false")

    assert sweep(clock, now + DAY) == 2

    assert (ExpiryRun.objects.get().lots, ExpiryRun.objects.get().amount) == (2, 12)


def test_one_account_in_trouble_keeps_no_other_from_expiring(
    desk: Desk, clock: Clock, now: datetime, northwind: Organization, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Desk(northwind)
    for each in (desk, other):
        lapse(each, 2, "5", now=now, ends=now + DAY)
    assert sweep(clock, now + DAY) == 0
    brakes.release(Brake.objects.get(), actor=staff, note="A promotion has ended", now=now + DAY)
    whole, one, bad = ledger.expire_all, ledger.expire, desk.account.pk
    monkeypatch.setattr(ledger, "expire_all", lambda ids, now: 1 / (bad not in ids) and whole(ids, now=now))
    monkeypatch.setattr(ledger, "expire", lambda account, now: 1 / (account.pk != bad) and one(account, now=now))

    assert sweep(clock, now + DAY) == 2

    assert (desk.fresh().balance, other.fresh().balance) == (10, 0)
    assert (ExpiryRun.objects.get().lots, ExpiryRun.objects.get().amount) == (2, 10)
    # The release was for that run: what is left over asks again.
    lapse(desk, 1, "5", now=now, ends=now + DAY)
    assert sweep(clock, now + DAY) == 0
    assert pulled()


def test_a_run_that_breaks_off_is_remembered(
    desk: Desk, now: datetime, northwind: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (desk, Desk(northwind)):
        each.promote(5, now=now, ends=now + DAY)
    monkeypatch.setattr(expiry, "_TOGETHER", 1)
    whole, runs = ledger.expire_all, iter([True])

    def once(ids: Sequence[int], *, now: datetime) -> tuple[int, Decimal]:
        if next(runs, False):
            return whole(ids, now=now)
        raise SystemExit

    monkeypatch.setattr(ledger, "expire_all", once)

    with pytest.raises(SystemExit):
        expiry.expire_due(now=now + DAY)

    assert (ExpiryRun.objects.get().lots, ExpiryRun.objects.get().amount) == (1, 5)
