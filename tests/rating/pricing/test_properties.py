"""What must hold for every tariff and every call, beside a price function that goes second by second."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from rating.pricing import Tariff, Timetable, cost, permitted, price
from tests.rating.pricing.cast import answers, bought, naive, tariff, tariffs, timetable, timetables

lengths = st.integers(1, 4000)
balances = st.decimals(0, 300, places=3)
#: Second by second takes its time.
patiently = settings(deadline=None, max_examples=60)


@patiently
@given(tariffs(), st.integers(1, 4000), answers)
def test_the_price_is_what_goes_second_by_second(some: Tariff, seconds: int, at: datetime) -> None:
    found = price(some, seconds)

    assert (found.exact, found.billed) == naive(some, seconds, at)


@patiently
@given(timetables(), lengths, answers)
def test_the_price_by_windows_is_what_goes_second_by_second(some: Timetable, seconds: int, at: datetime) -> None:
    found = price(some, seconds, at=at)

    assert (found.exact, found.billed) == naive(some, seconds, at)


@given(timetables(), lengths, answers)
def test_the_steps_explain_the_price(some: Timetable, seconds: int, at: datetime) -> None:
    found = price(some, seconds, at=at)

    assert sum(step.billed for step in found.steps) == found.billed >= seconds
    assert all(before.start + before.billed <= after.start for before, after in pairwise(found.steps))
    assert all(step.increments * (step.slot.increment or 1) == step.billed >= step.used for step in found.steps)
    total = Fraction(found.fee) + sum(step.cost for step in found.steps)
    assert some.in_force(at)[1].bounded(total) == found.exact
    assert cost(some, seconds, at=at) == found.cost


@given(tariffs(), lengths, lengths)
def test_more_seconds_never_cost_less(some: Tariff, one: int, other: int) -> None:
    less, more = (price(some, seconds) for seconds in sorted((one, other)))

    assert less.cost <= more.cost
    assert less.billed <= more.billed


@given(timetables(), lengths, lengths, answers)
def test_more_seconds_never_cost_less_before_rounding(some: Timetable, one: int, other: int, at: datetime) -> None:
    """After it they may: a window that keeps more places takes back what a coarser one rounded up."""
    less, more = (price(some, seconds, at=at) for seconds in sorted((one, other)))

    assert less.exact <= more.exact


@given(st.integers(1, 7200), st.integers(1, 7200), answers)
def test_the_legs_of_a_call_cost_what_the_whole_does(one: int, other: int, at: datetime) -> None:
    """By the second there is no overrun, so a call may be cut anywhere; its fee is due once."""
    some = timetable({"08:00-18:00": tariff("0:0.4/60/1", fee="0.7"), "18:00-08:00": tariff("0:0.1/7/1", fee="0.3")})

    whole = price(some, one + other, at=at)
    first, second = price(some, one, at=at), price(some, other, at=at + timedelta(seconds=one))

    assert whole.exact == first.exact + second.exact - Fraction(second.fee)


@given(tariffs() | timetables(), balances, st.integers(1, 7200), answers)
def test_what_is_permitted_never_costs_more_than_the_balance(
    some: Tariff | Timetable, balance: Decimal, requested: int, at: datetime
) -> None:
    seconds = permitted(some, balance=balance, requested=requested, at=at)

    assert 0 <= seconds <= requested
    assert price(some, seconds, at=at).cost <= balance
    assert price(some, seconds / 2, at=at).cost <= balance


def dearest(some: Tariff | Timetable, at: datetime) -> Decimal | None:
    own = some if isinstance(some, Tariff) else some.in_force(at)[1]
    return own.max_cost if own.ends_at_max else None


@patiently
@given(tariffs() | timetables(), balances, st.integers(1, 3600), answers)
def test_one_more_increment_would_cost_too_much(
    some: Tariff | Timetable, balance: Decimal, requested: int, at: datetime
) -> None:
    most = dearest(some, at)
    reached = 0
    for increment in bought(some, requested, at):
        found = price(some, increment.until, at=at)
        if found.cost > balance or (most is not None and found.exact > most):
            break
        reached = increment.until

    assert permitted(some, balance=balance, requested=requested, at=at) == min(reached, requested)


@patiently
@given(tariffs() | timetables(), lengths, answers)
def test_a_balance_of_the_price_pays_for_the_call(some: Tariff | Timetable, seconds: int, at: datetime) -> None:
    """Before and after a call one function speaks. Where windows round differently, the dearest moment has to fit."""
    if dearest(some, at) is not None:
        return
    moments = [increment.until for increment in bought(some, seconds, at)]
    needed = max(price(some, moment, at=at).cost for moment in moments)

    assert permitted(some, balance=needed, requested=seconds, at=at) == seconds
