"""What the usage of an organization came to: minute pools, and dial-out by organizer."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from rating import charging, reports
from rating.reports import PoolRow
from subscriptions.models import Licence, Organization
from tests.rating import cast
from tests.rating.cast import row

OCTOBER = date(2026, 10, 1)


def pool(total: int | None, used: int, held: int = 0) -> PoolRow:
    return PoolRow("US", "domestic", "MCOPSTN1", "Plan", total, used, held)


@pytest.mark.parametrize(
    ("row", "available", "percent", "low", "used_up"),
    [
        (pool(100, 0), 100, 0, False, False),
        (pool(100, 79), 21, 79, False, False),
        (pool(100, 80, held=5), 15, 80, True, False),
        (pool(3000, 2999), 1, 99, True, False),
        (pool(100, 100), 0, 100, False, True),
        (pool(100, 130), 0, 100, False, True),
        (pool(0, 5), 0, 100, False, True),
        (pool(None, 5000), None, 0, False, False),
    ],
)
def test_what_a_row_says(row: PoolRow, available: int | None, percent: int, low: bool, used_up: bool) -> None:
    assert (row.available, row.percent, row.is_low, row.is_used_up) == (available, percent, low, used_up)


def test_pools_show_what_is_used_kept_and_left(tailspin: Organization) -> None:
    cast.person(tailspin, "MCOPSTN2 MCOMEETADV")
    own = cast.person(tailspin, "MCOPSTN8", upn="own@tailspin.example")
    cast.person(tailspin, "MCOPSTN8", upn="other@tailspin.example")
    for name, used, held in [
        ("GB MCOPSTN2 domestic", 1000, 40),
        ("conference", 60, 0),
        (f"GB MCOPSTN8 domestic {own.pk}", 30, 0),
        ("FR MCOPSTN5 domestic", 7, 0),
    ]:
        tailspin.pool_uses.create(month=OCTOBER, pool=name, used=used, held=held)

    rows = reports.minute_pools(tailspin, month=OCTOBER)

    assert [(one.location, one.capability, one.counter, one.total, one.used, one.held, one.owners) for one in rows] == [
        ("", "MCOMEETADD", "conference", 60, 60, 0, 0),
        ("FR", "MCOPSTN5", "domestic", 0, 7, 0, 0),
        ("GB", "MCOPSTN2", "domestic", 1200, 1000, 40, 0),
        ("GB", "MCOPSTN2", "international", 600, 0, 0, 0),
        ("GB", "MCOPSTN8", "domestic", 240, 30, 0, 2),
    ]
    assert rows[0].description == "Audio Conferencing"


def test_pools_take_the_same_statements_however_many(
    tailspin: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for place in ("GB", "FR", "DE", "US"):
        cast.person(tailspin, "MCOPSTN2 MCOPSTN8 MCOMEETADV", upn=f"{place}@tailspin.example", at=place)

    with django_assert_num_queries(4):
        rows = reports.minute_pools(tailspin, month=OCTOBER)

    assert len(rows) == 13


def test_other_organizations_and_months_are_not_in_it(tailspin: Organization, northwind: Organization) -> None:
    cast.person(northwind, "MCOPSTN2")
    cast.person(tailspin, "MCOPSTN2")
    Licence.objects.filter(subscriber__organization=tailspin).update(assigned_on=date(2026, 11, 1))
    northwind.pool_uses.create(month=OCTOBER, pool="GB MCOPSTN2 domestic", used=1)

    assert reports.minute_pools(tailspin, month=OCTOBER) == []


def test_dial_out_is_added_up_by_organizer(
    tailspin: Organization, northwind: Organization, tmp_path: Path, now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    cast.deck({"44 GB": "0.02", "263 ZW": "0.5"})
    first = cast.person(tailspin, "MCOMEETADV MCOPSTNPP")
    second = cast.person(tailspin, "MCOPSTNPP", upn="second@tailspin.example")
    dial = {"Call_Type": "conf_out"}
    rows = (
        row(1, **dial),
        row(2, **dial, Destination_Number="+263242700000", Duration_Seconds="61"),
        row(3, **dial, UPN=second.upn, Duration_Seconds="600"),
        row(4, UPN=second.upn),
        row(5, **dial, Start_Time="2026-10-02T00:00:00Z", End_Time="2026-10-02T01:00:00Z"),
    )
    cast.take(tailspin, tmp_path, *rows)
    cast.take(northwind, tmp_path, row(6, **dial))
    charging.charge_due(now=now)
    since, until = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)

    with django_assert_num_queries(2):
        found = reports.dial_out_by_organizer(tailspin, since, until)

    assert [(one.organizer, one.calls, one.minutes, one.spent, one.currency) for one in found] == [
        (first, 2, 4, Decimal(1), "USD"),
        (second, 1, 10, Decimal("0.2"), "USD"),
    ]
