"""Tariffs written short, a second price function that goes second by second, and what Hypothesis may make of both."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from rating.pricing import Method, Rounding, Slot, Tariff, Timetable, parse_slots, parse_window

BERLIN = ZoneInfo("Europe/Berlin")
#: A price of 1 a second by seconds, and of 10.
CHEAP, DEAR = "0:1/1/1", "0:10/1/1"


def tariff(slots: str, *, fee: str = "0", rounding: str = "none 0", **more: Any) -> Tariff:
    """A tariff by its slots' text; bounds as strings."""
    method, decimals = rounding.split()
    bounds: dict[str, Any] = {name: Decimal(value) if isinstance(value, str) else value for name, value in more.items()}
    return Tariff(parse_slots(slots), Decimal(fee), Rounding(Method(method), int(decimals)), **bounds)


def timetable(spans: dict[str, Tariff | str], zone: ZoneInfo = BERLIN) -> Timetable:
    """A timetable by its windows' texts; a tariff may be the text of its slots."""
    pairs = [
        (window, given if isinstance(given, Tariff) else tariff(given))
        for text, given in spans.items()
        for window in parse_window(text)
    ]
    return Timetable(zone, tuple(pairs))


class Bought(NamedTuple):
    """An increment that a call had to buy: its seconds, its exact price, and whose it is."""

    start: int
    until: int
    price: Fraction
    tariff: Tariff


def in_force(table: Tariff | Timetable, at: datetime) -> Tariff:
    """The tariff of an instant, by asking every window what the clock on the wall shows."""
    if isinstance(table, Tariff):
        return table
    wall = at.astimezone(table.zone)
    shown = wall.strftime("%H:%M:%S.%f")
    (found,) = [
        each
        for window, each in table.spans
        if wall.isoweekday() in window.days
        and f"{window.begins:%H:%M:%S.%f}" <= shown < (f"{window.ends:%H:%M:%S.%f}" if window.ends != time(0) else "24")
    ]
    return found


def bought(table: Tariff | Timetable, seconds: int, at: datetime) -> list[Bought]:
    """Second by second, for whole seconds only: a second that is paid for already buys nothing."""
    found: list[Bought] = []
    paid_until = 0
    for second in range(seconds):
        if second >= paid_until:
            own = in_force(table, at + timedelta(seconds=second))
            slot = [slot for slot in own.slots if slot.start <= second][-1]
            increment = int(slot.increment) or 1
            paid_until = second + increment
            price = Fraction(slot.rate) * increment / (Fraction(slot.unit) or 1)
            found.append(Bought(second, paid_until, price, own))
    return found


def naive(table: Tariff | Timetable, seconds: int, at: datetime) -> tuple[Fraction, int]:
    """The unrounded price of a call of at least a second, and the seconds billed."""
    increments = bought(table, seconds, at)
    first = increments[0].tariff
    total = Fraction(first.connect_fee) + sum(each.price for each in increments)
    if first.min_cost is not None:
        total = max(total, Fraction(first.min_cost))
    if first.max_cost is not None and not first.ends_at_max:
        total = min(total, Fraction(first.max_cost))
    return total, sum(each.until - each.start for each in increments)


#: An answer near the nights on which clocks change, in zones that change by an hour, by half of one, or not at all.
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")]
_NIGHTS = [datetime(2026, *day, tzinfo=UTC) for day in ((3, 8), (3, 28), (4, 4), (10, 3), (10, 24), (11, 1), (6, 5))]
answers = st.builds(
    lambda night, minutes: night + timedelta(minutes=minutes), st.sampled_from(_NIGHTS), st.integers(0, 36 * 60)
)
_amounts = st.decimals(0, 5, places=4)
_parts = st.tuples(_amounts, st.sampled_from([0, 1, 6, 30, 45, 60]), st.sampled_from([0, 1, 7, 10, 60]))
_roundings = st.builds(Rounding, st.sampled_from(Method), st.integers(-1, 6))


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    """Up to three slots, forty seconds apart, with or without fee and bounds."""
    parts = draw(st.lists(_parts, min_size=1, max_size=3))
    made = tuple(
        Slot(Decimal(place * 40), rate, Decimal(unit), Decimal(increment))
        for place, (rate, unit, increment) in enumerate(parts)
    )
    least = draw(st.none() | _amounts)
    greatest = draw(st.none() | st.decimals(5, 500, places=2))
    return Tariff(made, draw(_amounts), draw(_roundings), least, greatest, draw(st.booleans()))


@st.composite
def timetables(draw: st.DrawFn) -> Timetable:
    """Two tariffs that take turns at two times of the day, on weekends at others."""
    one, other, zone = draw(tariffs()), draw(tariffs()), draw(st.sampled_from(ZONES))
    early, late = sorted(draw(st.sets(st.integers(1, 47), min_size=2, max_size=2)))
    first, second = (f"{half // 2:02}:{half % 2 * 30:02}" for half in (early, late))
    return timetable(
        {
            f"Mon-Fri {first}-{second}; Sat,Sun 00:00-{first}": one,
            f"Mon-Fri 00:00-{first}; Mon-Fri {second}-24:00; Sat,Sun {first}-24:00": other,
        },
        zone,
    )
