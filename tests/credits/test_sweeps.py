"""One account in trouble keeps no other waiting (faults F23 and F52)."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from pytest_django import Settings

from credits import expiry, ledger, payments, recharges, sweeps
from credits import tasks as _tasks  # noqa: F401  # says what ends a worker's time
from credits.gateway import Answer, Order
from credits.models import Account, Payment
from subscriptions.models import Organization
from tests import factories, fakes
from tests.credits.booking import ordered
from tests.credits.charges import balance, spend
from tests.credits.desk import Desk

PATIENCE = 30


@contextmanager
def held(account: Account) -> Iterator[None]:
    """Somebody else has the account's lock, and is in no hurry."""
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Account.objects.select_for_update().get(pk=account.pk)
            taken.set()
            done.wait(PATIENCE)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(PATIENCE)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        yield
    finally:
        done.set()
        thread.join(PATIENCE)


@pytest.mark.django_db(transaction=True)
def test_an_account_that_somebody_holds_waits_and_the_others_are_charged(
    monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    fakes.install(monkeypatch)
    first, second = factories.contoso().account, factories.northwind().account
    factories.MethodFactory.create(account=second)
    second.auto_recharge.enabled = True
    second.auto_recharge.save()
    for account in (first, second):
        spend(account, "1", now=now)

    with held(first):
        recharges.charge_due(now=now)
        meanwhile = [balance(first), balance(second)]
    recharges.charge_due(now=now + timedelta(minutes=1))

    assert (meanwhile, balance(first)) == ([-1, 49], 49)
    assert Payment.objects.count() == 2


def test_what_goes_wrong_with_one_row_is_told_and_the_rest_is_done(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    went_well = sweeps.each([1, 0, 2], lambda row: done.append(2 // row))

    assert (went_well, sorted(done)) == (2, [1, 2])
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_sweep_begins_nothing_more_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, sweeps.ENOUGH, sweeps.ENOUGH + 0.1])
    monkeypatch.setattr("credits.sweeps.time.monotonic", lambda: next(clock))
    done: list[int] = []

    went_well = sweeps.each([1, 2, 3, 4], done.append)

    assert (went_well, len(done)) == (2, 2)


@pytest.mark.django_db
def test_what_the_provider_turned_away_goes_back_to_it_slowly(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, contoso: Organization, northwind: Organization, now: datetime
) -> None:
    provider = fakes.install(monkeypatch)
    factories.MethodFactory.create(account=northwind.account)
    asked: list[float] = []
    charge = provider.charge

    def timed(order: Order) -> Answer:
        asked.append(time.monotonic())
        return charge(order)

    monkeypatch.setattr(provider, "charge", timed)
    provider.script("busy", "busy")
    for organization in (contoso, northwind):
        ordered(organization.account)

    settings.PROVIDER_AGAIN_SECONDS = 0.4
    payments.charge_due(now=now)
    payments.charge_due(now=now + timedelta(minutes=2))

    assert len(asked) == 4
    assert asked[3] - asked[2] >= 0.35
    assert set(Payment.objects.values_list("state", flat=True)) == {"succeeded"}


@pytest.mark.django_db(transaction=True)
def test_one_worker_alone_asks_again() -> None:
    taken, done = threading.Event(), threading.Event()

    def hold(_: int) -> None:
        taken.set()
        done.wait(PATIENCE)

    def first() -> None:
        sweeps.slowly([1], hold, every=0)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert taken.wait(PATIENCE)
    meanwhile = sweeps.slowly([1, 2], lambda _: None, every=0)
    done.set()
    thread.join(PATIENCE)

    assert meanwhile == 0
    assert sweeps.slowly([1, 2], lambda _: None, every=0) == 2


@pytest.mark.django_db
def test_the_end_of_a_workers_time_ends_the_sweep(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    def cut(*_args: object, **_named: object) -> None:
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        sweeps.each([1, 2], cut)
    with pytest.raises(SoftTimeLimitExceeded):
        sweeps.slowly([1, 2], cut, every=0)
    monkeypatch.setattr(ledger, "expire_all", cut)
    desk = Desk(factories.contoso())
    desk.promote(5, now=now, ends=now + timedelta(days=1))
    with pytest.raises(SoftTimeLimitExceeded):
        expiry.expire_due(now=now + timedelta(days=2))
