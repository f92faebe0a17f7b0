"""Windows of the week: which tariff is in force, where a call is cut, and nights on which clocks change."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rating.pricing import BadCall, BadTariff, Timetable, Window, gaps_and_overlaps, parse_window, permitted, price
from tests.rating.pricing.cast import BERLIN, CHEAP, DEAR, tariff, timetable

PEAK = timetable({"Mon-Fri 08:00-18:00": DEAR, "Mon-Fri 18:00-24:00; Mon-Fri 00:00-08:00; Sat,Sun": CHEAP})
NIGHT = timetable({"02:30-03:30": DEAR, "03:30-02:30": CHEAP})
SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("answered", "seconds", "cost"),
    [
        # 2026-11-20 is a Friday. Half-open: at 18:00:00 the peak is over, at 08:00:00 it has begun.
        ("2026-11-20T17:59:50", 10, 100),
        ("2026-11-20T17:59:50", 11, 101),
        ("2026-11-20T18:00:00", 10, 10),
        ("2026-11-20T07:59:59", 2, 11),
        ("2026-11-20T08:00:00", 1, 10),
        # Weekends, and midnight before them and after them.
        ("2026-11-20T23:59:55", 10, 10),
        ("2026-11-21T12:00:00", 60, 60),
        ("2026-11-22T23:59:55", 10, 10),
        ("2026-11-23T07:59:58", 4, 22),
        # Over a whole working day and back into the night.
        ("2026-11-23T07:59:58", 36_004, 2 + 360_000 + 2),
    ],
)
def test_calls_are_cut_where_the_price_changes(answered: str, seconds: int, cost: int) -> None:
    assert price(PEAK, seconds, at=local(answered)).cost == cost


def test_a_cut_may_fall_between_two_seconds() -> None:
    found = price(PEAK, Decimal("2.5"), at=local("2026-11-20T17:59:58.250"))

    assert [(step.used, step.billed) for step in found.steps] == [(Decimal("1.75"), 2), (Decimal("0.5"), 1)]
    assert found.cost == 21


def test_the_windows_are_those_of_the_tariffs_zone_whatever_the_answer_is_told_in() -> None:
    there = datetime(2026, 11, 20, 16, 59, 50, tzinfo=UTC)

    assert price(PEAK, 11, at=there) == price(PEAK, 11, at=there.astimezone(ZoneInfo("Asia/Tokyo")))
    assert price(PEAK, 11, at=there).cost == 101


def test_an_overrun_belongs_to_its_window_and_shortens_the_next() -> None:
    """Two minutes begun before 18:00 are paid at the peak's price; the evening begins where they end."""
    some = timetable({"08:00-18:00": "0:6/60/120", "18:00-08:00": "0:1/60/60"})

    found = price(some, 240, at=local("2026-11-20T17:59:00"))

    assert [(step.start, step.used, step.billed, step.cost) for step in found.steps] == [
        (0, 60, 120, 12),
        (120, 120, 120, 2),
    ]


def test_an_overrun_may_swallow_a_whole_window() -> None:
    some = timetable({"12:00-12:01": "0:9/60/60", "12:01-12:00": "0:1/60/3600"})

    found = price(some, 3601, at=local("2026-11-20T11:30:00"))

    assert [(step.used, step.billed) for step in found.steps] == [(1800, 3600), (1, 3600)]
    assert found.cost == 120


def test_slots_are_counted_from_the_answer_in_every_window() -> None:
    """After 90 seconds in the evening a call is in the evening's second slot, which its 61st second begins."""
    some = timetable({"08:00-18:00": "0:6/60/1 60:3/60/1", "18:00-08:00": "0:2/60/1 60:1/60/1"})

    found = price(some, 150, at=local("2026-11-20T17:58:30"))

    assert [(step.start, step.slot.rate, step.billed) for step in found.steps] == [(0, 6, 60), (60, 3, 30), (90, 1, 60)]


def test_fee_and_bounds_are_those_of_the_answer_and_due_once() -> None:
    first = tariff("0:6/60/60", fee="0.5", max_cost="7")
    second = tariff("0:1/60/60", fee="100", min_cost="50")
    some = timetable({"08:00-18:00": first, "18:00-08:00": second})

    assert price(some, 60, at=local("2026-11-20T17:59:00")).cost == Decimal("6.5")
    assert price(some, 120, at=local("2026-11-20T17:59:00")).cost == 7
    assert price(some, 60, at=local("2026-11-20T18:00:00")).cost == 101


@pytest.mark.parametrize(
    ("first", "second", "cost"),
    [
        ("up 1", "down 2", "1.01"),
        ("down 2", "up 1", "1.01"),
        ("up 2", "down 2", "1.02"),
        ("down 4", "none 0", "1.015"),
    ],
)
def test_of_several_roundings_that_with_the_most_places_holds(first: str, second: str, cost: str) -> None:
    """Of equals the earlier one. The exact price is 1.015."""
    some = timetable(
        {"08:00-18:00": tariff("0:1/60/60", rounding=first), "18:00-08:00": tariff("0:0.015/1/1", rounding=second)}
    )

    assert price(some, 61, at=local("2026-11-20T17:59:00")).cost == Decimal(cost)


def test_nothing_is_cut_where_the_same_tariff_goes_on() -> None:
    """Midnight ends two windows of one tariff, and no increment."""
    some = timetable({"22:00-06:00": "0:1/60/60", "06:00-22:00": "0:2/60/60"})

    assert price(some, 60, at=local("2026-11-20T23:59:30")).cost == 1


# --- Nights on which clocks change ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("midnight", "hours", "dear"),
    [
        # 02:00 to 03:00 is left out: of the window only 03:00 to 03:30 is there.
        (SPRING, 23, 1800),
        # 02:00 to 03:00 comes twice: 02:30 to 03:00, and after 02:00 to 02:30 once more 02:30 to 03:30.
        (AUTUMN, 25, 5400),
        (datetime(2026, 6, 7, tzinfo=BERLIN), 24, 3600),
    ],
)
def test_a_day_has_as_many_hours_as_its_clock_shows(midnight: datetime, hours: int, dear: int) -> None:
    sunday = timetable({"Sun": DEAR, "Mon-Sat": CHEAP})

    assert price(sunday, 30 * 3600, at=midnight).cost == hours * 36_000 + (30 - hours) * 3600
    assert price(NIGHT, hours * 3600, at=midnight).cost == hours * 3600 + dear * 9


def test_the_repeated_hour_is_cut_where_the_clock_is_put_back() -> None:
    steps = price(NIGHT, 4 * 3600, at=AUTUMN + timedelta(hours=2)).steps

    assert [(step.start / 60, step.slot.rate) for step in steps] == [(0, 1), (30, 10), (60, 1), (90, 10), (150, 1)]


def test_an_answer_in_the_repeated_hour_is_the_instant_it_names() -> None:
    first, second = local("2026-10-25T02:45:00"), local("2026-10-25T02:45:00").replace(fold=1)

    assert [price(NIGHT, 1800, at=at).cost for at in (first, second)] == [900 * 10 + 900, 1800 * 10]


def test_a_window_that_the_spring_leaves_out_has_no_instants() -> None:
    some = timetable({"02:00-03:00": DEAR, "03:00-02:00": CHEAP})

    assert price(some, 7200, at=local("2026-03-29T01:00:00")).cost == 7200
    assert len(price(some, 7200, at=local("2026-03-29T01:00:00")).steps) == 1


def test_clocks_that_change_by_half_an_hour() -> None:
    """On Lord Howe 02:00 becomes 01:30 on the fifth of April 2026."""
    zone = ZoneInfo("Australia/Lord_Howe")
    some = timetable({"01:30-02:00": DEAR, "02:00-01:30": CHEAP}, zone)

    assert price(some, 7200, at=local("2026-04-05T01:00:00", zone)).cost == 1800 + 3600 * 10 + 1800


def test_what_is_permitted_knows_the_night_too() -> None:
    some = timetable({"02:30-03:30": tariff("0:1/1/60"), "03:30-02:30": tariff("0:0/1/1", fee="5")})

    answered = local("2026-03-29T01:00:00")

    assert [
        permitted(some, balance=Decimal(balance), requested=9000, at=answered) for balance in ("4.9", 5, 124, 125)
    ] == [
        0,
        3600,
        3600 + 60,
        3600 + 120,
    ]


# --- What is no timetable -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", []),
        ("08:00-18:00; 18:00-08:00", []),
        ("Mon-Fri; Sat,Sun 00:00-24:00", []),
        ("Mon-Sat", ["Sun 00:00-24:00 is in no window"]),
        ("00:00-12:00; Mon-Sat 12:00-24:00", ["Sun 12:00-24:00 is in no window"]),
        ("Mon-Sun; Wed 08:00-09:30", ["Wed 08:00-09:30 is in more than one window"]),
        # A Friday's night is the Saturday's morning.
        (
            "Mon-Fri 06:00-22:00; Mon-Fri 22:00-06:00; Sat,Sun",
            [
                "Mon 00:00-06:00 is in no window",
                "Sat 00:00-06:00 is in more than one window",
            ],
        ),
    ],
)
def test_gaps_and_overlaps_are_told(text: str, wrong: list[str]) -> None:
    assert gaps_and_overlaps(parse_window(text)) == wrong


def test_a_timetable_covers_the_week_once() -> None:
    with pytest.raises(BadTariff, match="Sun 00:00-24:00 is in no window"):
        timetable({"Mon-Sat": CHEAP})
    with pytest.raises(BadTariff, match="Mon 00:00-24:00 is in no window"):
        Timetable(BERLIN, ())


@pytest.mark.parametrize(
    ("days", "begins", "ends"),
    [(set(), 8, 18), ({0}, 8, 18), ({8}, 8, 18), ({1}, 18, 8), ({1}, 8, 8)],
)
def test_a_window_ends_after_it_begins_on_some_day(days: set[int], begins: int, ends: int) -> None:
    with pytest.raises(BadTariff):
        Window(frozenset(days), time(begins), time(ends))


def test_a_timetable_needs_the_instant_of_the_answer() -> None:
    for at in (None, SPRING.replace(tzinfo=None)):
        with pytest.raises(BadCall, match="needs the instant"):
            price(PEAK, 60, at=at)
    with pytest.raises(BadCall, match="at most 366 days"):
        price(PEAK, 10**12, at=SPRING)
    with pytest.raises(BadCall, match="year 9999"):
        price(PEAK, 86400, at=datetime(9999, 12, 31, 12, tzinfo=UTC))
