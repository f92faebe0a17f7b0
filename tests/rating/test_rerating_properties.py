"""Re-rating over random usage: what has to hold whatever the calls, the batches and the decks are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

import pytest

from credits.models import Account, Journal
from rating import rerating
from rating.models import RerateLine
from subscriptions.models import Organization
from tests.rating import cast
from tests.rating.again import OCTOBER, again, charge_all, grant, replaced
from tests.rating.cast import row

SEEDS: Final = range(8)
PEOPLE: Final = ("amara", "ben", "carla")
PREFIXES: Final = {"44": "GB", "33": "FR", "49": "DE", "1425": "US", "34": "ES"}
by_seed = pytest.mark.parametrize("seed", SEEDS)


def dice_of(seed: int) -> Random:
    return Random(seed)  # noqa: S311  # nothing secret


def deck_of(dice: Random) -> dict[str, str]:
    """Prices of some of the prefixes; now and then one is of the wrong country."""
    return {
        f"{prefix} {'GB' if dice.random() < 0.2 else country}": f"{dice.randint(0, 900) / 10_000:.4f}"
        for prefix, country in PREFIXES.items()
        if dice.random() < 0.85
    } or {"44 GB": "0.02"}


def call(dice: Random, number: int) -> dict[str, str]:
    """A call of October by anybody to anywhere; long ones, so that the pools run out."""
    begun = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(30 * 86_400))
    seconds = dice.choice([0, 1, 59, 60, 61, dice.randrange(4_000)])
    kind = dice.choice(["user_out"] * 5 + ["conf_out", "ucap_out", "user_in", "emergency_out"])
    return row(
        number,
        UPN="" if kind.startswith("ucap") else f"{dice.choice(PEOPLE)}@tailspin.example",
        Call_Type=kind,
        Destination_Number=f"+{dice.choice(list(PREFIXES))}{dice.randrange(10**7):07}",
        Start_Time=begun.isoformat(),
        End_Time=(begun + timedelta(seconds=seconds)).isoformat(),
        Duration_Seconds=str(seconds),
    )


def charged(organization: Organization, folder: Path, dice: Random, now: datetime, *, batches: int) -> None:
    """Sixty calls of three people with minutes, in so many files; those of a later one may have begun earlier."""
    for name in PEOPLE:
        cast.person(organization, dice.choice(["MCOPSTN5", "MCOPSTN5 MCOMEETADD", ""]), upn=f"{name}@tailspin.example")
    grant(organization, "3", now=now, expires_at=now + timedelta(days=90))
    numbers = iter(range(1, 1000))
    for batch in range(batches):
        rows = [call(dice, number) for number, _ in zip(numbers, range(60 // batches), strict=False)]
        cast.take(organization, folder, *rows, name=f"{batch}.csv")
        charge_all(now + timedelta(minutes=batch))


def outcomes(organization: Organization) -> Iterator[tuple[object, ...]]:
    """What became of each call, without what names rows."""
    records = organization.usage_records.order_by("usage_id")
    yield from records.values_list("usage_id", "state", "charge", "minutes", "covered_minutes", "covered_by", "country")


@by_seed
def test_with_the_decks_that_charged_them_no_call_differs(
    tailspin: Organization, tmp_path: Path, now: datetime, seed: int
) -> None:
    dice = dice_of(seed)
    cast.deck(deck_of(dice))
    charged(tailspin, tmp_path, dice, now, batches=dice.randint(2, 6))

    found = rerating.preview(tailspin.account, OCTOBER, OCTOBER, now=now)

    assert (found.differences, found.calls) == ([], tailspin.usage_records.count())
    assert again(tailspin, now) is None


@by_seed
def test_twice_is_the_same_as_once(tailspin: Organization, tmp_path: Path, now: datetime, seed: int) -> None:
    dice = dice_of(seed)
    cast.deck(deck_of(dice))
    charged(tailspin, tmp_path, dice, now, batches=dice.randint(2, 6))
    for step in range(3):
        replaced(deck_of(dice))
        at = now + timedelta(hours=step + 1)
        found = rerating.preview(tailspin.account, OCTOBER, OCTOBER, now=at)
        before = Account.objects.get(organization=tailspin).balance

        again(tailspin, at)
        after = list(outcomes(tailspin)), Journal.objects.count(), RerateLine.objects.count()
        assert again(tailspin, at) is None

        assert (list(outcomes(tailspin)), Journal.objects.count(), RerateLine.objects.count()) == after
        assert Account.objects.get(organization=tailspin).balance == before - found.difference
        assert sum((record.charge for record in tailspin.usage_records.all()), Decimal(0)) == found.total_after


@by_seed
def test_a_batch_ends_as_if_the_right_deck_had_charged_it(
    tailspin: Organization, northwind: Organization, tmp_path: Path, now: datetime, seed: int
) -> None:
    """Both have the same people and the same calls; only one of them was charged by the wrong deck."""
    dice = dice_of(seed)
    wrong, right = deck_of(dice), deck_of(dice)
    cast.deck(wrong)
    charged(tailspin, tmp_path, dice_of(seed), now, batches=1)
    replaced(right)
    charged(northwind, tmp_path, dice_of(seed), now, batches=1)

    again(tailspin, now)

    assert list(outcomes(tailspin)) == list(outcomes(northwind))
    assert pools(tailspin) == pools(northwind)
    assert len({each.balance for each in Account.objects.filter(organization__in=[tailspin, northwind])}) == 1


def pools(organization: Organization) -> dict[str, int]:
    return dict(organization.pool_uses.filter(used__gt=0).values_list("pool", "used"))
