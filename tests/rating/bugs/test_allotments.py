"""Bugs that other billing systems had with minutes and with records that came twice."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from credits.models import Account, Journal
from rating import backfill, charging
from rating.models import UsageRecord
from subscriptions.models import Organization
from tests.rating import cast
from tests.rating.cast import row


@pytest.fixture(autouse=True)
def rates(db: None) -> None:
    cast.deck({"44 GB": "0.02"})


def charged(organization: Organization, now: datetime) -> tuple[int, int, Decimal, int]:
    """Records, journals, balance and minutes used, after all that waits is charged."""
    while charging.charge_due(now=now):
        pass
    balance = Account.objects.get(organization=organization).balance
    return (
        UsageRecord.objects.count(),
        Journal.objects.count(),
        balance,
        sum(organization.pool_uses.values_list("used", flat=True)),
    )


@pytest.mark.parametrize("codes", ["MCOPSTNPP", "MCOPSTN5"])
def test_field_05_a_record_that_comes_again_is_neither_debited_nor_counted_again(
    tailspin: Organization, tmp_path: Path, now: datetime, codes: str
) -> None:
    cast.person(tailspin, codes)
    cast.take(tailspin, tmp_path, row())
    once = charged(tailspin, now)

    cast.take(tailspin, tmp_path, row(), row(2), name="again.csv")
    cast.take(tailspin, tmp_path, row(), row(), name="twice.csv")
    backfill.take_file(cast.usage_file(tmp_path, [row(), row(2)], "large.csv"), tailspin, now=now)
    twice = charged(tailspin, now)

    assert twice == tuple(2 * figure for figure in once)


def test_field_05_a_record_that_comes_again_with_another_body_is_not_debited(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.person(tailspin, "MCOPSTNPP")
    cast.take(tailspin, tmp_path, row())
    once = charged(tailspin, now)

    file = cast.take(tailspin, tmp_path, row(Duration_Seconds="6000"), name="longer.csv")

    assert charged(tailspin, now) == once
    assert file.new == 0


@pytest.mark.parametrize(("seconds", "cost"), [(7200, "0"), (7201, "0.02"), (7260, "0.02"), (7261, "0.04")])
def test_field_11_free_minutes_cost_nothing_and_what_follows_is_counted_from_their_end(
    tailspin: Organization, tmp_path: Path, now: datetime, seconds: int, cost: str
) -> None:
    cast.person(tailspin, "MCOPSTN5 MCOPSTNPP")

    cast.take(tailspin, tmp_path, row(Duration_Seconds=str(seconds)))

    assert charged(tailspin, now)[2] == -Decimal(cost)


def test_field_11_seconds_are_not_taken_for_minutes(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.person(tailspin, "MCOPSTN5")

    cast.take(tailspin, tmp_path, row(1, Duration_Seconds="59"), row(2, Duration_Seconds="60"))

    assert charged(tailspin, now)[3] == 2
