"""Why auto-recharge did (not) charge: one row for each run of the same outcome, and none for what is as it was."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits import accounts, evaluations, triggers
from credits.models import Account, AutoRecharge, Evaluation, Recharge
from tests import factories
from tests.credits.desk import Desk

pytestmark = pytest.mark.django_db
Outcome = Evaluation.Outcome
DAY = timedelta(days=1)


@pytest.fixture
def desk(now: datetime) -> Desk:
    """Contoso's, with $50 in it, of which $20 trigger a recharge."""
    desk = Desk(factories.contoso())
    desk.promote(50, now=now)
    return desk


def spend(desk: Desk, cost: str | int, *, now: datetime) -> None:
    desk.spend(cost, now=now, key=f"call {desk.account.journals.count()}")


def terms(desk: Desk, **changed: object) -> None:
    AutoRecharge.objects.filter(account=desk.account).update(**changed)


def story(desk: Desk) -> list[tuple[str, int]]:
    """Each outcome in the order in which it came, and how often."""
    return list(desk.account.evaluations.order_by("pk").values_list("outcome", "times"))


def test_nothing_is_remembered_while_the_balance_was_never_low(desk: Desk, now: datetime) -> None:
    spend(desk, 30, now=now)

    assert story(desk) == []


def test_the_first_debit_below_requests_and_those_that_follow_find_it_open(desk: Desk, now: datetime) -> None:
    for cost in (31, 1, 2):
        spend(desk, cost, now=now)

    assert story(desk) == [(Outcome.REQUESTED, 1), (Outcome.ALREADY_OPEN, 2)]
    assert {found.recharge for found in desk.account.evaluations.all()} == {Recharge.objects.get()}


def test_the_same_again_moves_the_row_that_there_is(desk: Desk, now: datetime) -> None:
    for days in range(3):
        spend(desk, 31 if days == 0 else 1, now=now + days * DAY)

    latest = evaluations.latest(desk.account)
    assert latest is not None
    assert (latest.first_at, latest.last_at) == (now + DAY, now + 2 * DAY)
    assert (latest.available, latest.trigger_amount) == (17, 20)


def freeze(desk: Desk, now: datetime) -> None:
    Account.objects.filter(pk=desk.account.pk).update(frozen_at=now)


def take_the_cards(desk: Desk, now: datetime) -> None:
    desk.account.payment_methods.update(removed_at=now)


@pytest.mark.parametrize(
    ("hinder", "outcome"),
    [
        (lambda desk, now: terms(desk, enabled=False), Outcome.OFF),
        (freeze, Outcome.FROZEN),
        (lambda desk, now: terms(desk, paused_at=now), Outcome.PAUSED),
        (lambda desk, now: terms(desk, next_try_at=now + DAY), Outcome.WAITING),
        (take_the_cards, Outcome.NO_CARD),
    ],
)
def test_what_stands_in_the_way_of_a_charge_is_named(
    desk: Desk, now: datetime, hinder: Callable[[Desk, datetime], None], outcome: Outcome
) -> None:
    hinder(desk, now)

    spend(desk, 31, now=now)

    assert story(desk) == [(outcome, 1)]
    assert not Recharge.objects.exists()


def test_that_it_is_off_is_remembered_once(desk: Desk, now: datetime) -> None:
    terms(desk, enabled=False)

    for cost in (31, 1, 1):
        spend(desk, cost, now=now)

    assert story(desk) == [(Outcome.OFF, 1)]


def test_the_way_back_over_the_trigger_is_remembered_once(desk: Desk, now: datetime) -> None:
    spend(desk, 31, now=now)
    desk.promote(1, now=now)
    spend(desk, "0.5", now=now)
    desk.promote(5, now=now)
    spend(desk, 1, now=now)

    assert story(desk) == [
        (Outcome.REQUESTED, 1),
        (Outcome.ABOVE_TRIGGER, 1),
        (Outcome.ALREADY_OPEN, 1),
        (Outcome.ABOVE_TRIGGER, 1),
    ]


def test_an_account_without_terms_remembers_nothing(now: datetime) -> None:
    desk = Desk(factories.fabrikam())
    AutoRecharge.objects.filter(account=desk.account).delete()

    spend(desk, 1, now=now)

    assert story(desk) == []


@pytest.mark.parametrize("enabled", [True, False])
def test_a_change_from_which_nothing_follows_is_two_statements(desk: Desk, now: datetime, enabled: bool) -> None:
    """Lock, and store: what follows is found out by the statement that stores."""
    terms(desk, enabled=enabled)
    desk.account.levels.create(amount=10)

    with CaptureQueriesContext(connection) as asked, accounts.changing(desk.account.pk, now=now):
        pass

    assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) == 2


def test_a_low_balance_with_the_terms_off_is_soon_quiet_too(desk: Desk, now: datetime) -> None:
    terms(desk, enabled=False)
    spend(desk, 31, now=now)

    with CaptureQueriesContext(connection) as asked, accounts.changing(desk.account.pk, now=now):
        pass

    assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) == 2


def test_of_many_accounts_those_are_found_from_which_something_follows(desk: Desk, now: datetime) -> None:
    quiet, low, near = Desk(factories.northwind()), Desk(factories.fabrikam()), desk
    quiet.promote(50, now=now)
    low.promote(15, now=now)
    near.account.levels.create(amount=Decimal(45))
    evaluations.record(low.account, Outcome.DECLINED, available=Decimal(5), trigger=Decimal(20), now=now)
    everybody = [found.account.pk for found in (quiet, low, near)]

    found = triggers.with_consequences(everybody, now=now)

    assert {account.pk for account in found} == {low.account.pk, near.account.pk}
