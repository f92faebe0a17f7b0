"""Slots and windows as people write them, read and written again."""

from datetime import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.pricing import BadTariff, Slot, Window, parse_slots, parse_window, write_slots, write_window

EVERY_DAY, MIDNIGHT = frozenset(range(1, 8)), time(0)


def test_slots_are_read() -> None:
    assert parse_slots(" 0:0.4/60/30  60:0.20/60/10 ") == (
        Slot(Decimal(0), Decimal("0.4"), Decimal(60), Decimal(30)),
        Slot(Decimal(60), Decimal("0.2"), Decimal(60), Decimal(10)),
    )


def test_slots_are_written_without_exponents_and_spare_zeros() -> None:
    slots = (
        Slot(Decimal("0E+2"), Decimal("0.4000")),
        Slot(Decimal("6E+1"), Decimal("1E-7"), Decimal(1), Decimal(10)),
    )

    assert write_slots(slots) == "0:0.4/60/60 60:0.0000001/1/10"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0:0.4/60",
        "0:0.4/60/30,60:0.2/60/10",
        "0:0,4/60/30",
        "0:-1/60/30",
        "0:1e3/60/30",
        "0:.5/60/30",
        "0:٣/60/30",
        "30:0.4/60/30",
        "0:1/60/60 0:2/60/60",
        "0:1/60/60 60:2/60/60 30:2/60/60",
    ],
)
def test_slots_that_are_no_tariff_are_refused(text: str) -> None:
    with pytest.raises(BadTariff):
        parse_slots(text)


amounts = st.decimals(0, 10**9, places=6)


@given(st.lists(st.tuples(amounts, amounts, amounts), min_size=1, max_size=5))
def test_slots_are_read_as_they_were_written(parts: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    slots = tuple(Slot(Decimal(place * 7), *part) for place, part in enumerate(parts))

    assert parse_slots(write_slots(slots)) == slots


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("", [(EVERY_DAY, 0, 0)]),
        ("08:00-18:00", [(EVERY_DAY, 8, 18)]),
        ("Mon-Fri 08:00-18:00", [({1, 2, 3, 4, 5}, 8, 18)]),
        ("Sat,Sun", [({6, 7}, 0, 0)]),
        ("Mon,Wed-Fri 18:00-24:00", [({1, 3, 4, 5}, 18, 0)]),
        ("Fri-Mon 18:00-00:00", [({5, 6, 7, 1}, 18, 0)]),
        ("Sun 00:00-00:00", [({7}, 0, 0)]),
        ("Sat,Sun 22:00-06:00", [({6, 7}, 22, 0), ({7, 1}, 0, 6)]),
        ("Mon 08:00-09:00; Tue 10:00-11:00", [({1}, 8, 9), ({2}, 10, 11)]),
    ],
)
def test_windows_are_read(text: str, windows: list[tuple[set[int], int, int]]) -> None:
    assert parse_window(text) == tuple(
        Window(frozenset(days), time(begins), time(ends)) for days, begins, ends in windows
    )


@pytest.mark.parametrize(
    "text",
    [
        ";",
        "Mon;",
        "Mo",
        "mon",
        "Mon-",
        "Mon-Xyz",
        "Mon Tue",
        "Mon 8-18",
        "Mon 08:00",
        "Mon 08:00-24:01",
        "Mon 08:60-09:00",
        "Mon 24:00-09:00",
        "Mon 08:00-08:00",
        "08:00-18:00 Mon",
        "Mon 08:00-18:00 UTC",
    ],
)
def test_windows_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadTariff):
        parse_window(text)


@pytest.mark.parametrize("text", ["Mon-Fri 08:00-18:00", "Mon,Wed-Thu,Sat 18:00-24:00; Sun 00:00-12:30"])
def test_windows_are_written_as_they_were_read(text: str) -> None:
    assert write_window(parse_window(text)) == text
