"""What is concurrent, with real connections: however many work at once, a call is taken once and charged once."""

import threading
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from django.db import connection

from credits.models import Account, Journal
from rating import charging, intake, invariants
from rating.models import PoolUse, UsageRecord
from tests import factories
from tests.rating import cast
from tests.rating.cast import row

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 3
T = TypeVar("T")


def together(work: Callable[[], T]) -> list[T]:
    """What each of the workers answered, all having begun at the same moment."""
    barrier, answers = threading.Barrier(WORKERS), list[T]()

    def one() -> None:
        barrier.wait()
        try:
            answers.append(work())
        finally:
            connection.close()

    workers = [threading.Thread(target=one) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return answers


def test_sweeps_at_the_same_time_charge_each_call_once(tmp_path: Path, now: datetime) -> None:
    tailspin = factories.tailspin()
    cast.deck({"44 GB": "0.02"})
    cast.person(tailspin, "MCOPSTN5")
    cast.take(tailspin, tmp_path, *(row(number) for number in range(1, 101)))

    moved = [answer for _ in range(4) for answer in together(lambda: charging.charge_due(now=now, batch=10))]

    assert sum(moved) == 100
    assert PoolUse.objects.get().used == 120
    assert Journal.objects.count() == UsageRecord.objects.filter(state="charged").count() == 40
    assert Account.objects.get(organization=tailspin).balance == Decimal("-1.6")
    assert not any(check(None, now) for check in invariants.CHECKS.values())


def test_the_same_file_at_the_same_time_is_taken_once(tmp_path: Path, now: datetime) -> None:
    tailspin = factories.tailspin()
    path = cast.usage_file(tmp_path, [row(number) for number in range(1, 201)])

    together(lambda: intake.take_file(path, tailspin, now=now))

    assert tailspin.usage_records.count() == 200
    assert sorted(tailspin.usage_files.values_list("new", "repeated")) == [(0, 200), (0, 200), (200, 0)]
    assert tailspin.subscribers.count() == 1
