"""That an organization hears in time, and once, that its minutes run out."""

from datetime import date, datetime
from pathlib import Path

import pytest

from notifications.models import Notice
from rating import backfill, charging, notices
from rating.backfill import Pace
from rating.notices import Level
from subscriptions.models import Organization
from tests.rating import cast
from tests.rating.cast import row

LOW, USED = Notice.Kind.MINUTES_LOW, Notice.Kind.MINUTES_USED
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture(autouse=True)
def rates(db: None) -> None:
    cast.deck({"44 GB": "0.02", "33 FR": "0.05"})


def call(number: int, minutes: int, day: str = "2026-10-01", **other: str) -> dict[str, str]:
    ends = {"Start_Time": f"{day}T09:00:00Z", "End_Time": f"{day}T19:00:00Z"}
    return row(number, Duration_Seconds=str(minutes * 60), **(ends | other))


def charge(organization: Organization, folder: Path, now: datetime, *rows: dict[str, str]) -> list[str]:
    """What the organization has been told of its minutes, after these calls."""
    name = f"{rows[0]['UsageId'][-4:]}.csv"
    cast.take(organization, folder, *rows, name=name)
    charging.charge_due(now=now)
    return told(organization)


def told(organization: Organization) -> list[str]:
    return list(organization.notices.filter(kind__in=(LOW, USED)).order_by("pk").values_list("kind", flat=True))


def test_at_80_and_at_100_per_cent_and_only_once(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.person(tailspin, "MCOPSTN5")

    heard = [charge(tailspin, tmp_path, now, call(n, minutes)) for n, minutes in enumerate((95, 1, 1, 22, 1, 1), 1)]

    assert heard == [[], [LOW], [LOW], [LOW], [LOW, USED], [LOW, USED]]
    low, used = tailspin.notices.filter(kind__in=(LOW, USED)).order_by("pk")
    assert low.facts == {"pool": "domestic GB MCOPSTN5", "month": "2026-10-01", "used": 96, "size": 120}
    assert used.facts["used"] == 120
    assert low.key == used.key == "2026-10 GB MCOPSTN5 domestic"


def test_a_pool_that_is_used_up_at_a_stroke_is_told_once(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.person(tailspin, "MCOPSTN5")

    assert charge(tailspin, tmp_path, now, call(1, 95), call(2, 20), call(3, 20)) == [USED]
    cast.person(tailspin, "MCOPSTN5", upn="second@tailspin.example")
    assert charge(tailspin, tmp_path, now, call(4, 80)) == [USED]


def test_each_pool_and_each_month_is_told_for_itself(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.person(tailspin, "MCOPSTN5 MCOMEETADV")
    conference = {"Call_Type": "conf_out", "Destination_Number": "+33142270000"}

    charge(
        tailspin, tmp_path, now, call(1, 120), call(2, 48, **conference), call(3, 96, "2026-11-01"),
        call(4, 120, "2026-09-30"),
    )  # fmt: skip

    keys = set(tailspin.notices.filter(kind__in=(LOW, USED)).values_list("kind", "key"))
    assert keys == {
        (USED, "2026-10 GB MCOPSTN5 domestic"),
        (LOW, "2026-10 conference"),
        # September is history on the second of November.
        (LOW, "2026-11 GB MCOPSTN5 domestic"),
    }


def test_a_persons_own_minutes_and_the_dial_out_add_on_are_not_told(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.person(tailspin, "MCOPSTN8 MCOMEETADD_DIALOUT_US")
    cast.deck({"1 US": "0.02"}, "conference")

    dial_out = call(2, 500, Call_Type="conf_out", Destination_Number="+12125550100")
    assert charge(tailspin, tmp_path, now, call(1, 130), dial_out) == []
    assert tailspin.pool_uses.count() == 2


def test_a_large_file_tells_once_and_again_it_tells_nothing(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.person(tailspin, "MCOPSTN5")
    path = cast.usage_file(tmp_path, [call(n, 2) for n in range(1, 81)])

    for _ in range(2):
        backfill.take_file(path, tailspin, now=now, pace=Pace(10))
        while charging.charge_due(now=now):
            pass

    # Whether a step ends between the two marks depends on how the file is cut.
    assert told(tailspin) in ([USED], [LOW, USED])


def test_nobody_is_told_of_another_organizations_minutes(
    tailspin: Organization, northwind: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.person(tailspin, "MCOPSTN5")
    cast.person(northwind, "MCOPSTN5")

    charge(tailspin, tmp_path, now, call(1, 120))

    assert told(northwind) == []


@pytest.mark.parametrize(("used", "kinds"), [(79, []), (80, [LOW]), (99, [LOW]), (100, [USED]), (140, [USED])])
def test_the_thresholds_are_reached_exactly(tailspin: Organization, now: datetime, used: int, kinds: list[str]) -> None:
    for _ in range(2):
        notices.tell(tailspin, [Level(NOVEMBER, "conference", used, 100)], now=now)

    assert told(tailspin) == kinds
