"""The brake on all automatic charges: pulled when they run away, and only a person lets it go."""

import logging
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from credits import brakes, payments, recharges
from credits.models import Account, Brake, Evaluation, Payment, Recharge
from subscriptions.models import User
from tests import fakes
from tests.credits.charges import balance, buy, spend, sweep
from tests.fakes import FakeGateway

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CHARGES = Brake.What.CHARGES


@pytest.fixture(autouse=True)
def small(settings: Settings) -> None:
    """Figures of a small site."""
    settings.BRAKE_CHARGES_TIMES, settings.BRAKE_CHARGES_AT_LEAST = 10, 5
    settings.BRAKE_UNKNOWN_PERCENT, settings.BRAKE_UNKNOWN_OF_AT_LEAST = 3, 10


def charged(account: Account, times: int, *, at: datetime, unknown: int = 0) -> None:
    """So many automatic payments were sent then, of which so many have no answer."""
    for number in range(times):
        round_ = Recharge.objects.create(
            account=account, state=Recharge.State.FAILED, requested_at=at, available=0, trigger_amount=20,
            recharge_amount=50, amount=50, due_at=at, closed_at=at,
        )  # fmt: skip
        state = Payment.State.UNKNOWN if number < unknown else Payment.State.FAILED
        Payment.objects.create(
            account=account, recharge=round_, kind=Payment.Kind.AUTOMATIC, state=state, currency="USD",
            method=account.payment_methods.get(), amount=Decimal(50), created_at=at, due_at=at, submitted_at=at,
            closed_at=at,
        )  # fmt: skip


def test_the_usual_number_pulls_nothing(account: Account, now: datetime) -> None:
    charged(account, 5, at=now)

    assert brakes.watch(now=now) == 0
    assert not brakes.is_pulled(CHARGES)


def test_far_more_than_usual_stop_everything_once_and_call_somebody(
    account: Account, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    charged(account, 6, at=now)

    assert [brakes.watch(now=now + each * MINUTE) for each in range(3)] == [1, 0, 0]
    called = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert ["6 automatic charges in ten minutes" in record.getMessage() for record in called] == [True]


def test_what_is_usual_on_a_busy_site_is_not_too_much(account: Account, now: datetime) -> None:
    for day in range(7, 0, -1):
        charged(account, 120, at=now - timedelta(days=day) + HOUR)
    charged(account, 8, at=now)

    assert brakes.watch(now=now) == 0


@pytest.mark.parametrize(("unknown", "pulled"), [(0, False), (1, True)])
def test_too_many_unanswered_stop_everything(
    account: Account, settings: Settings, now: datetime, unknown: int, pulled: bool
) -> None:
    settings.BRAKE_CHARGES_AT_LEAST = 100
    charged(account, 20, at=now, unknown=unknown)

    brakes.watch(now=now)

    assert brakes.is_pulled(CHARGES) == pulled
    Payment.objects.update(state=Payment.State.FAILED)


def test_a_round_waits_while_it_is_pulled_and_goes_on_when_a_person_releases_it(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    spend(account, "31", now=now)
    brakes.pull(CHARGES, why="test", now=now)
    recharges.charge_due(now=now)
    waited = len(provider.orders)

    brakes.release(Brake.objects.get(), actor=owner, note="a price change", now=now)
    sweep(now + MINUTE)

    assert (waited, balance(account)) == (0, 69)
    assert Evaluation.objects.filter(outcome=Evaluation.Outcome.BRAKE).exists()


def test_a_fall_below_the_trigger_meanwhile_is_made_good_afterwards(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    brakes.pull(CHARGES, why="test", now=now)
    spend(account, "31", now=now)
    recharges.charge_due(now=now)

    brakes.release(Brake.objects.get(), actor=owner, note="all is well", now=now)
    sweep(now + MINUTE)

    assert balance(account) == 69


def test_a_payment_that_was_begun_is_not_sent_while_it_is_pulled(
    account: Account, provider: FakeGateway, now: datetime
) -> None:
    spend(account, "31", now=now)
    recharges.begin_due(now=now)
    brakes.pull(CHARGES, why="test", now=now)

    recharges.charge_due(now=now)

    assert (provider.orders, Payment.objects.get().state) == ([], Payment.State.PENDING)


def test_purchases_by_hand_go_on(account: Account, provider: FakeGateway, owner: User, now: datetime) -> None:
    brakes.pull(CHARGES, why="test", now=now)
    buy(account, "100", actor=owner, now=now)

    sweep(now)

    assert balance(account) == 150


@pytest.mark.parametrize("first", [None, fakes.BUSY])
def test_an_automatic_charge_that_it_holds_makes_way_for_a_purchase_by_hand(
    account: Account, provider: FakeGateway, owner: User, now: datetime, first: str | None
) -> None:
    spend(account, "31", now=now)
    recharges.begin_due(now=now)
    if first:
        provider.script(first)
        recharges.charge_due(now=now)
    brakes.pull(CHARGES, why="test", now=now)

    buy(account, "100", actor=owner, now=now + MINUTE)
    for minutes in (1, 2, 3):
        sweep(now + minutes * MINUTE)
    brakes.release(Brake.objects.get(), actor=owner, note="all is well", now=now + HOUR)
    sweep(now + HOUR)

    assert (provider.taken, balance(account)) == (10000, 119)
    assert [payment.state for payment in Payment.objects.order_by("pk")] == ["cancelled", "succeeded"]
    assert [round_.why for round_ in Recharge.objects.order_by("pk")] == ["not_allowed", "above_trigger"]


def test_an_automatic_charge_that_may_have_taken_money_makes_no_way(
    account: Account, provider: FakeGateway, owner: User, now: datetime
) -> None:
    provider.script(fakes.LOST, fakes.BUSY)
    spend(account, "31", now=now)
    sweep(now)
    sweep(now + HOUR)
    brakes.pull(CHARGES, why="test", now=now)

    with pytest.raises(payments.AnotherInFlight):
        buy(account, "100", actor=owner, now=now + HOUR)

    assert Payment.objects.get().state == Payment.State.PENDING


def test_a_brake_is_released_once_by_a_person_with_a_note(owner: User, now: datetime) -> None:
    brakes.pull(CHARGES, why="test", now=now)
    brake = Brake.objects.get()

    brakes.release(brake, actor=owner, note="seen", now=now)

    with pytest.raises(brakes.NotPulled):
        brakes.release(brake, actor=owner, note="again", now=now)
    assert Brake.objects.get().released_by == owner
