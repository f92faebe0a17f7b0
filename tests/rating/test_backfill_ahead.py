"""Steps judged ahead and written side by side end like the same steps one after another."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from django.db import connection
from django.db.models import Sum

from credits import invariants, sums
from credits.models import Journal, JournalSum
from rating import backfill, charging
from rating.backfill import Pace, writing
from rating.backfill.lanes import MyTurn, write_all
from rating.models import PoolUse
from subscriptions.models import Organization
from tests import factories
from tests.integrity import violations
from tests.rating import cast
from tests.rating.cast import DATA, row
from tests.rating.test_backfill import end_of, small

SAMPLE = DATA / "usage-contoso-2026-09-10.csv"


def licensed(organization: Organization) -> Organization:
    Organization.objects.filter(pk=organization.pk).update(country="GB")
    organization.refresh_from_db()
    cast.license_people(organization, DATA / "licences-contoso.csv")
    return organization


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pace", [Pace(37), Pace(37, lanes=2), Pace(250, lanes=3)])
def test_any_pace_ends_the_same(pace: Pace, now: datetime) -> None:
    cast.publish_samples()
    one, other = licensed(factories.tailspin()), licensed(factories.northwind())

    small(one, SAMPLE, now)
    backfill.take_file(SAMPLE, other, now=now, pace=pace)

    there, here = end_of(one), end_of(other)
    assert {what for what in there if here[what] != there[what]} == set()
    assert violations(now) == {}


def elsewhere(work: Callable[[], object]) -> None:
    """Do it on another connection, to its end."""

    def run() -> None:
        work()
        connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lanes", [0, 2])
def test_minutes_that_others_have_used_are_not_given_away(
    tailspin: Organization, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, lanes: int
) -> None:
    """Of 1,200 minutes other calls take 300 after the third step was judged: 900 are left to the file."""
    cast.deck({"44 GB": "0.02"})
    cast.person(tailspin, "MCOPSTN1")
    path = cast.usage_file(tmp_path, [row(n, Duration_Seconds="1800") for n in range(1, 61)])
    cast.take(tailspin, tmp_path, *(row(n, Duration_Seconds="1800") for n in range(101, 111)), name="other.csv")
    seen, write_records = [], writing.Step.write_records

    def disturbed(step: writing.Step) -> None:
        seen.append(step)
        if len(seen) == 3:
            elsewhere(lambda: charging.charge_due(now=now))
        write_records(step)

    monkeypatch.setattr(writing.Step, "write_records", disturbed)
    file = backfill.take_file(path, tailspin, now=now, pace=Pace(5, lanes))

    assert file.records.aggregate(Sum("covered_minutes"), Sum("charge")) == {
        "covered_minutes__sum": 900,
        "charge__sum": 900 * Decimal("0.02"),
    }
    assert PoolUse.objects.get().used == 1200
    assert violations(now) == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lanes", [0, 2])
def test_journals_that_the_sums_have_overtaken_are_numbered_anew(
    tailspin: Organization, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch, lanes: int
) -> None:
    """While the third step waits, another call is charged under a higher number, and added up."""
    cast.deck({"44 GB": "0.02"})
    path = cast.usage_file(tmp_path, [row(n) for n in range(1, 61)])
    cast.take(tailspin, tmp_path, row(101), name="other.csv")
    seen, write_records = [], writing.Step.write_records

    def disturbed(step: writing.Step) -> None:
        seen.append(step)
        if len(seen) == 3:
            elsewhere(lambda: (charging.charge_due(now=now), sums.sum_due(now=now)))
        write_records(step)

    monkeypatch.setattr(writing.Step, "write_records", disturbed)
    file = backfill.take_file(path, tailspin, now=now, pace=Pace(5, lanes))
    sums.sum_due(now=now)

    assert file.records.filter(state="charged").count() == 60
    assert sum(JournalSum.objects.values_list("count", flat=True)) == Journal.objects.count() == 61
    assert (invariants.HEALTH["S02"](None, now), violations(now)) == ([], {})


@pytest.mark.django_db(transaction=True)
def test_turns_come_in_the_order_of_the_steps() -> None:
    turns, begun = [], []

    def write(step: int, my_turn: MyTurn) -> None:
        begun.append(step)
        sleep(0.02 if step % 2 else 0)
        my_turn()
        turns.append(step)

    assert write_all(range(8), write, lanes=3) == (8, None)
    assert turns == [*range(8)]
    assert sorted(begun) == turns


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lanes", [0, 2, 3])
@pytest.mark.parametrize("before", [True, False])
def test_nothing_behind_a_failed_step_is_written(lanes: int, before: bool) -> None:
    turns = []

    def write(step: int, my_turn: MyTurn) -> None:
        if step == 2 and before:
            raise ValueError("before its turn")
        my_turn()
        if step == 2:
            raise ValueError("in its turn")
        turns.append(step)

    written, error = write_all(range(8), write, lanes=lanes)

    assert (written, type(error), turns) == (2, ValueError, [0, 1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lanes", [0, 2])
def test_steps_that_cannot_be_made_end_the_lanes(lanes: int) -> None:
    def steps() -> Iterator[int]:
        yield 0
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_all(steps(), lambda step, my_turn: my_turn(), lanes=lanes)
