"""The suggestion keeps its promise: made from sixty days, replayed on the next thirty, beside any terms there are."""

import random
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credits import limits, rehearsal, suggestion
from credits.rehearsal import Movement, Result, Terms
from credits.suggestion import Suggestion
from subscriptions import money
from tests.docs.pages import table

ZONE: Final = ZoneInfo("UTC")
START: Final = datetime(2026, 7, 6, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNIT: Final = 10**6
SEEN, AFTER = START + 60 * DAY, START + 90 * DAY
USUAL: Final = limits.of("USD")
#: Terms within the limits, from the least to the greatest of both.
ANY_TERMS: Final = [
    Terms(trigger * UNIT, amount * UNIT)
    for trigger, amount in product(
        (10_000, 5_000, 2_500, 1_000, 700, 400, 200, 100, 50, 20, 5, 0), (50, 100, 250, 500, 2_000, 10_000)
    )
]


def life(
    *, seed: int, level: float, growth: float, quiet_weekends: bool, bursts: int, size: float, unseen: float
) -> list[Movement]:
    """Ninety days of usage, by the hour: working hours, weekends, growth a month, bursts of up to `size` usual days.

    Those of the last thirty days are `unseen` times as large as the greatest before.
    """
    rng = random.Random(seed)  # noqa: S311  # a life, no secret
    hours = {}
    for hour in range(90 * 24):
        day, of_day = divmod(hour, 24)
        busy = 7 <= of_day <= 20 and not (quiet_weekends and day % 7 > 4)
        hours[hour] = level / 14 * busy * growth ** (day / 30) * rng.uniform(0.5, 1.5)
    sizes = [level * size * rng.uniform(0.5, 1) for _ in range(bursts)]
    for burst in sizes:
        hours[rng.randrange(60 * 24)] += burst
        hours[rng.randrange(60 * 24, 90 * 24)] += max(sizes) * unseen
    return [Movement(START + hour * HOUR, -int(cost * UNIT)) for hour, cost in sorted(hours.items()) if cost > 0]


def suggested(usage: list[Movement]) -> Suggestion:
    found = suggestion.suggest(usage, since=START, until=SEEN, limits=USUAL)
    assert found is not None
    return found


def next_thirty(usage: list[Movement], terms: Terms, *, opens: int, late: int = 0) -> Result:
    lots, owed = rehearsal.opening([], opens, at=SEEN, zone=ZONE)
    return rehearsal.replay(
        lots, owed, [moved for moved in usage if moved.at >= SEEN], terms,
        start=SEEN, end=AFTER, zone=ZONE, limits=USUAL, delay=late * DAY,
    )  # fmt: skip


def of(found: Suggestion) -> Terms:
    return Terms(found.trigger, found.amount)


def some_terms_hold(usage: list[Movement], *, opens: int) -> bool:
    """If any terms within the limits would have stayed at or above zero."""
    return any(next_thirty(usage, terms, opens=opens).lowest >= 0 for terms in ANY_TERMS)


#: Lives whose costliest hour is below the greatest trigger: above it terms hold by luck alone.
LIVES = {
    "seed": st.integers(0, 10**6),
    "level": st.floats(0.05, 350),
    "growth": st.floats(0.4, 3),
    "quiet_weekends": st.booleans(),
    "bursts": st.integers(1, 4),
    "size": st.floats(0, 12),
}


@settings(max_examples=60, deadline=None)
@given(**LIVES, unseen=st.floats(0, 2), opens=st.integers(0, 500))
def test_it_stays_above_zero_wherever_any_terms_within_the_limits_do(
    opens: int, unseen: float, **life_of: object
) -> None:
    usage = life(**life_of, unseen=unseen)  # type: ignore[arg-type]  # drawn by name

    found = suggested(usage)

    kept = next_thirty(usage, of(found), opens=opens * UNIT).lowest >= 0
    assert max(-moved.micros for moved in usage) < 10_000 * UNIT
    assert kept or not some_terms_hold(usage, opens=opens * UNIT)


@settings(max_examples=60, deadline=None)
@given(**LIVES, unseen=st.floats(1, 200))
def test_what_nobody_could_foresee_cost_more_than_it_says_it_covers(unseen: float, **life_of: object) -> None:
    usage = life(**life_of, unseen=unseen)  # type: ignore[arg-type]  # drawn by name

    found = suggested(usage)

    worst = max(-moved.micros for moved in usage if moved.at >= SEEN)
    assert next_thirty(usage, of(found), opens=0).lowest >= 0 or worst > found.trigger


@settings(max_examples=60, deadline=None)
@given(**LIVES, unseen=st.floats(1, 200))
def test_where_it_breaks_the_greatest_trigger_is_what_holds(unseen: float, **life_of: object) -> None:
    """No trigger between would do for every life: the hour that breaks it decides how high it had to be."""
    usage = life(**life_of, unseen=unseen)  # type: ignore[arg-type]  # drawn by name
    greatest = Terms(10_000 * UNIT, 10_000 * UNIT)

    worst = max(-moved.micros for moved in usage if moved.at >= SEEN)

    assert next_thirty(usage, greatest, opens=0).lowest >= 0 or worst > greatest.trigger


@settings(max_examples=60, deadline=None)
@given(
    costs=st.lists(st.tuples(st.integers(0, 60 * 24 - 1), st.integers(1, 600)), min_size=1, max_size=30),
    shift=st.integers(0, 29),
    above=st.integers(0, 300),
)
def test_charges_may_come_three_days_late(costs: list[tuple[int, int]], shift: int, above: int) -> None:
    """The next thirty days are thirty of those seen; so no three of them cost more than the costliest."""
    seen = [Movement(START + hour * HOUR, -cost * UNIT) for hour, cost in sorted(costs)]
    again = [
        Movement(moved.at + (60 - shift) * DAY, moved.micros) for moved in seen if moved.at + (60 - shift) * DAY >= SEEN
    ]
    found = suggested(seen)

    late = next_thirty(again, of(found), opens=found.trigger + above * UNIT, late=3)

    assert late.lowest >= 0 or not found.guarded


def test_once_and_a_half_would_not_do_for_late_charges() -> None:
    """Why the trigger is twice the costliest three days: two rounds in a row may be late."""
    usage = [Movement(SEEN + hour * HOUR, -UNIT) for hour in range(24 * 20)]
    busiest = 72 * UNIT

    once_and_a_half = next_thirty(usage, Terms(busiest * 3 // 2, 50 * UNIT), opens=busiest * 3 // 2, late=3)
    twice = next_thirty(usage, Terms(busiest * 2, 50 * UNIT), opens=busiest * 2, late=3)

    assert once_and_a_half.lowest < 0 <= twice.lowest


@pytest.mark.parametrize("row", table("docs/rehearsal.md", "The suggestion"), ids=lambda row: row["usage"])
def test_usage_leads_to_the_terms_of_the_page(row: dict[str, str]) -> None:
    a_day, _, once = row["usage"].replace(" a day", "").partition(", once ")
    usage = [Movement(START + day * DAY + 12 * HOUR, -int(a_day) * UNIT) for day in range(90)]
    if once:
        usage[20] = Movement(usage[20].at, usage[20].micros - int(once) * UNIT)

    found = suggestion.suggest(usage, since=START, until=AFTER, limits=USUAL)

    assert found is not None
    assert (found.trigger, found.amount) == (int(row["trigger"]) * UNIT, int(row["amount"]) * UNIT)
    assert found.guarded == (row["usage"] != "4000 a day")


def test_no_usage_leads_to_nothing() -> None:
    given_back = [Movement(START + DAY, 5 * UNIT)]

    assert suggestion.suggest(given_back, since=START, until=SEEN, limits=USUAL) is None


def test_the_busiest_days_are_named_and_a_short_history_is_said() -> None:
    usage = [Movement(SEEN - 5 * DAY, -UNIT), Movement(SEEN - 2 * DAY, -9 * UNIT), Movement(SEEN - DAY, -UNIT)]

    found = suggested(usage)

    assert (found.busiest, found.busiest_from) == (10 * UNIT, SEEN - 2 * DAY)
    assert found.short
    assert found.seen == 5 * DAY


def test_what_a_recharge_would_leave_unused_is_said() -> None:
    usage = [Movement(START + day * DAY, -UNIT // 10) for day in range(60)]

    found = suggested(usage)

    year = 365 * UNIT // 10
    assert found.lapses == 20 * UNIT + 50 * UNIT - year == 33_500_000


@pytest.mark.parametrize("a_day", [1, 7, 30, 200])
def test_it_charges_about_once_a_week_at_most(a_day: int) -> None:
    usage = [Movement(START + day * DAY + 12 * HOUR, -a_day * UNIT) for day in range(90)]
    found = suggested(usage)

    charges = next_thirty(usage, of(found), opens=found.trigger).charges

    assert len(charges) <= 5


def test_other_currencies_have_their_own_limits() -> None:
    usage = [Movement(START + day * DAY, -900 * UNIT) for day in range(60)]

    found = suggestion.suggest(usage, since=START, until=SEEN, limits=limits.of("JPY"))

    assert found is not None
    assert (money.from_micros(found.trigger), money.from_micros(found.amount)) == (5_500, 10_000)
