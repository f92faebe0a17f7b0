"""One account in trouble keeps no other waiting (faults F23 and F52)."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from credits import recharges, sweeps
from credits.models import Account, Payment
from tests import factories, fakes
from tests.credits.charges import balance, spend

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
