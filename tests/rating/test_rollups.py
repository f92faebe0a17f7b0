"""Usage by day: always what the records come to, however calls came to be rated, and whoever builds meanwhile."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Barrier, Thread

import pytest
from django.db import connection

from rating import backfill, charging, invariants, rollups
from rating.backfill import Pace
from rating.models import RollUp, UsageDay, UsageRecord
from subscriptions.models import Organization
from tests import factories
from tests.rating import cast
from tests.rating.again import again, charge_all, grant, replaced
from tests.rating.cast import row
from tests.rating.phone import Phone
from tests.rating.test_rerating_properties import by_seed, call, deck_of, dice_of

Days = dict[tuple[object, ...], tuple[object, ...]]


def stored(organization: Organization) -> Days:
    rows = organization.usage_days.values_list(
        "on", "call_type", "country", "state", "calls", "seconds", "minutes", "covered_minutes", "charge"
    )
    return {row[:4]: row[4:] for row in rows}


def counted(organization: Organization) -> Days:
    """The same from the records, one by one, in the organization's zone."""
    found: dict[tuple[object, ...], Counter[str]] = {}
    for record in organization.usage_records.exclude(state="waiting"):
        on = record.started_at.astimezone(organization.zone).date()
        sums = found.setdefault((on, record.call_type, record.country, record.state), Counter())
        sums["calls"] += 1
        for name in ("seconds", "minutes", "covered_minutes", "charge"):
            sums[name] += getattr(record, name)
    names = ("calls", "seconds", "minutes", "covered_minutes", "charge")
    return {key: tuple(sums[name] for name in names) for key, sums in found.items()}


def moved_to(organization: Organization, zone: str) -> None:
    organization.time_zone = zone
    organization.save()


def some_step(organization: Organization, folder: Path, dice: Random, number: int) -> Callable[[datetime], object]:
    """One of the things that happen to calls, or to the days."""

    def new_calls(now: datetime) -> None:
        rows = [call(dice, number * 100 + place) for place in range(20)]
        cast.take(organization, folder, *rows, name=f"{number}.csv")
        charging.charge_due(now=now, batch=dice.randint(1, 15))

    def other_rates(now: datetime) -> None:
        replaced(deck_of(dice))
        again(organization, now)

    def other_zone(now: datetime) -> None:
        moved_to(organization, dice.choice(["Europe/London", "Asia/Taipei", "America/New_York"]))

    return dice.choice(
        [new_calls, new_calls, charge_all, other_rates, other_zone, lambda now: rollups.build_due(now=now)]
    )


@by_seed
@pytest.mark.django_db
def test_whatever_happens_the_days_are_what_the_records_come_to(
    tailspin: Organization, tmp_path: Path, now: datetime, seed: int
) -> None:
    dice = dice_of(seed)
    cast.deck(deck_of(dice))
    cast.person(tailspin, "MCOPSTN5", upn="amara@tailspin.example")
    grant(tailspin, "5", now=now, expires_at=now + timedelta(days=90))

    for number in range(1, 16):
        some_step(tailspin, tmp_path, dice, number)(now + timedelta(minutes=number))
        assert not list(invariants.HEALTH["U09"](None, now))
        if rollups.is_usable(tailspin):
            assert stored(tailspin) == counted(tailspin)

    rollups.build_due(now=now)
    assert stored(tailspin) == counted(tailspin)
    assert sum(row[-1] for row in stored(tailspin).values()) == sum(  # type: ignore[misc]
        (record.charge for record in tailspin.usage_records.all()), Decimal(0)
    )


@pytest.mark.django_db
def test_twice_is_once(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.deck({"44 GB": "0.02"})
    cast.take(tailspin, tmp_path, row(1), row(2))
    charge_all(now)

    assert rollups.build_due(now=now) == 1
    before = stored(tailspin)

    assert before == counted(tailspin) != {}
    assert rollups.build_due(now=now + timedelta(hours=1)) == 0
    assert rollups.build(tailspin.account.pk, now=now) is False
    assert (stored(tailspin), RollUp.objects.get().built_at) == (before, now)


@pytest.mark.django_db
def test_before_the_sweep_nothing_is_counted(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.deck({"44 GB": "0.02"})
    cast.take(tailspin, tmp_path, row(1))

    charge_all(now)

    assert not UsageDay.objects.exists()
    assert not rollups.is_usable(tailspin)


@pytest.mark.django_db
def test_days_are_those_of_the_organization_and_follow_it_to_another_zone(
    contoso: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.deck({"44 GB": "0.02"})
    late = {"Start_Time": "2026-10-02T03:59:00+00:00", "End_Time": "2026-10-02T04:01:00+00:00"}
    rollups.build_due(now=now)
    cast.take(contoso, tmp_path, row(1, **late))
    charge_all(now)
    days = [f"{day.on}" for day in contoso.usage_days.all()]

    moved_to(contoso, "Asia/Taipei")
    assert not rollups.is_usable(contoso)
    rollups.build_due(now=now)

    assert rollups.is_usable(contoso)
    assert (days, [f"{day.on}" for day in contoso.usage_days.all()]) == (["2026-10-01"], ["2026-10-02"])


@pytest.mark.django_db
def test_a_zone_that_the_database_does_not_know_stops_nobody_else(
    contoso: Organization, tailspin: Organization, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    moved_to(contoso, "Etc/Unknown")

    assert rollups.build_due(now=now) == 1

    assert not RollUp.objects.filter(organization=contoso).exists()
    assert RollUp.objects.filter(organization=tailspin).exists()
    assert "cannot be built" in caplog.text


@pytest.mark.django_db
def test_a_live_call_is_counted_as_it_ends(amara: Phone) -> None:
    rollups.build_due(now=amara.now)
    amara.asks()
    amara.waits(seconds=90)

    amara.ends(90)

    assert stored(amara.organization) == counted(amara.organization)
    assert UsageDay.objects.get().minutes == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lanes", [0, 2])
def test_a_large_file_is_counted_with_its_charges(tmp_path: Path, now: datetime, lanes: int) -> None:
    tailspin = factories.tailspin()
    cast.deck({"44 GB": "0.02", "33 FR": "0.03"})
    dice = dice_of(1)
    path = cast.usage_file(tmp_path, [call(dice, number) for number in range(1, 400)])
    rollups.build_due(now=now)

    backfill.take_file(path, tailspin, now=now, pace=Pace(70, lanes=lanes))

    assert UsageRecord.objects.count() == 399
    assert stored(tailspin) == counted(tailspin)


@pytest.mark.django_db(transaction=True)
def test_building_while_calls_are_charged_misses_none(tmp_path: Path, now: datetime) -> None:
    tailspin = factories.tailspin()
    cast.deck({"44 GB": "0.02"})
    cast.take(tailspin, tmp_path, *(row(number) for number in range(1, 301)))
    barrier, zones = Barrier(3), iter(["Asia/Taipei", "America/New_York", "Europe/Berlin"] * 5)

    def work(step: Callable[[], object], times: int) -> None:
        barrier.wait()
        try:
            for _ in range(times):
                step()
        finally:
            connection.close()

    def move_and_build() -> None:
        Organization.objects.filter(pk=tailspin.pk).update(time_zone=next(zones))
        rollups.build_due(now=now)

    def charge() -> None:
        charging.charge_due(now=now, batch=10)

    threads = [Thread(target=work, args=given) for given in ((charge, 20), (charge, 20), (move_and_build, 15))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    tailspin.refresh_from_db()
    assert not UsageRecord.objects.filter(state="waiting").exists()
    assert stored(tailspin) == counted(tailspin)
