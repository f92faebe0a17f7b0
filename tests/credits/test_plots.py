"""Plots as drawings: what they say to those who do not see them, and where things lie."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits import plots
from credits.plots import Level, Mark

START = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(values: list[int | str], **asked: Any) -> ET.Element:
    """One value a day, the large form, as an element tree."""
    points = [(START + turn * DAY, Decimal(value)) for turn, value in enumerate(values)]
    wanted = {
        "name": "balance",
        "title": "Balance",
        "description": "Falls and rises",
        "zone": ZoneInfo("UTC"),
        "amount": lambda value: f"${value:f}",
        "day": lambda day: day.isoformat(),
        **asked,
    }
    both = f"<div>{plots.over_time(points, **wanted)}</div>"
    return ET.fromstring(both)[0]  # noqa: S314  # nosec B314  # our own drawing


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter("text")]


def test_it_is_an_image_with_a_name_and_a_description() -> None:
    svg = drawn([3, 2, 1])

    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "balance-title balance-desc"
    assert [svg.find(f"*[@id='balance-{part}']").text for part in ("title", "desc")] == ["Balance", "Falls and rises"]  # type: ignore[union-attr]


def test_colours_and_sizes_are_left_to_the_style_sheet() -> None:
    svg = drawn([30, -5, 40], marks=[Mark(START + DAY, Decimal(-5), "in", "Charged")], levels=[Level(Decimal(9), "T")])

    given_here = {name for element in svg.iter() for name in element.attrib}
    assert given_here.isdisjoint({"style", "fill", "stroke", "font-size", "color"})


def test_the_axis_has_round_figures_and_zero_in_sight() -> None:
    svg = drawn([87, 41, 63])

    assert texts(svg)[:6] == ["$0", "$50", "$100", *texts(svg)[3:6]]


def test_a_fall_below_zero_is_drawn_below_the_zero_line() -> None:
    svg = drawn([20, -30, 20])

    zero = next(float(line.get("y1", "")) for line in svg.iter("line") if line.get("class") == "plot-zero")
    path = next(path.get("d", "") for path in svg.iter("path"))
    assert max(float(y) for y in re.findall(r"V(\d+)", path)) > zero


def test_marks_differ_in_shape_and_say_what_they_are() -> None:
    marks = [Mark(START + DAY, Decimal(5), kind, f"It was {kind}") for kind in ("in", "out", "stop")]

    svg = drawn([10, 5, 10], marks=marks)

    found = [path for path in svg.iter("path") if "plot-mark" in path.get("class", "")]
    assert len({re.sub(r"\d+", "", path.get("d", "")) for path in found}) == 3
    assert [path[0].text for path in found] == ["It was in", "It was out", "It was stop"]


def test_words_are_escaped() -> None:
    svg = drawn([1, 2], title="<b>&\"'", levels=[Level(Decimal(1), "<script>")])

    assert svg.find("*[@id='balance-title']").text == "<b>&\"'"  # type: ignore[union-attr]
    assert "<script>" in texts(svg)


def test_days_begin_at_midnight_of_the_zone() -> None:
    svg = drawn([5] * 4, zone=ZoneInfo("Asia/Taipei"))

    assert [text for text in texts(svg) if "2026" in text] == ["2026-10-02", "2026-10-03", "2026-10-04"]


def test_one_point_and_nothing_at_all_can_be_drawn() -> None:
    svg = drawn([0])

    assert texts(svg)[:2] == ["$0", "$1"]


def test_ninety_days_of_hours_are_no_longer_than_the_columns_can_show() -> None:
    points = [(START + turn * DAY / 24, Decimal(turn % 37)) for turn in range(90 * 24)]

    svg = plots.over_time(
        points, name="n", title="", description="", zone=ZoneInfo("UTC"), amount=str, day=date.isoformat
    )

    large, small = svg.split("</svg>", 1)
    assert len(svg) < 30_000
    assert large.count("H") <= 720
    assert small.count("H") <= 320


def test_the_small_form_is_silent_and_keeps_its_marks_apart() -> None:
    points = [(START + turn * DAY, Decimal(turn)) for turn in range(365)]
    marks = [Mark(at, value, "in", "<Paid>") for at, value in points]

    svg = plots.over_days(
        points, name="n", title="t", description="d", zone=ZoneInfo("UTC"), amount=str, day=date.isoformat, marks=marks
    )

    large, small = svg.split("</svg>", 1)
    assert (large.count("plot-mark"), large.count("<title>&lt;Paid&gt;")) == (365, 365)
    assert 20 <= small.count("plot-mark") <= 320 / 8
    assert 'aria-hidden="true"' in small
    assert "<title" not in small
    assert small.count('text-anchor="middle"') + small.count('text-anchor="start"') <= 4


VALUES = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=40)


@given(values=VALUES, level=st.integers(0, 10**9))
def test_everything_lies_within_the_drawing(values: list[int], level: int) -> None:
    svg = drawn([*values], levels=[Level(Decimal(level), "level")])

    path = next(path.get("d", "") for path in svg.iter("path"))
    across = [int(x) for x in re.findall(r"[MH](\d+)", path)]
    down = [int(y) for y in re.findall(r"(?:V|M\d+ )(\d+)", path)]
    assert all(76 <= x <= 706 for x in across)
    assert all(16 <= y <= 226 for y in down)
    assert across == sorted(across)
    assert len([text for text in texts(svg) if text.startswith("$")]) <= 8


def test_a_small_line_has_a_name_a_description_and_no_axes() -> None:
    points = [(START + turn * DAY, Decimal(value)) for turn, value in enumerate((3, -1, 2))]

    svg = ET.fromstring(  # noqa: S314  # nosec B314  # our own drawing
        plots.spark(points, name="s", title="<Balance>", description="It fell & rose", zone=ZoneInfo("UTC"))
    )

    assert [svg.find(f"*[@id='s-{part}']").text for part in ("title", "desc")] == ["<Balance>", "It fell & rose"]  # type: ignore[union-attr]
    assert texts(svg) == []
    assert [line.get("class") for line in svg.iter("line")] == ["plot-zero"]


@given(values=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=40))
def test_a_small_line_lies_within_its_drawing(values: list[int]) -> None:
    points = [(START + turn * DAY, Decimal(value)) for turn, value in enumerate(values)]

    svg = plots.spark(points, name="s", title="", description="", zone=ZoneInfo("UTC"))

    down = [int(y) for y in re.findall(r"(?:V|M\d+ |cy=\")(\d+)", svg)]
    assert all(0 <= y <= 56 for y in down)


@pytest.mark.parametrize("parts", [[1, 2, 3, 4], [0, 0, 0, 5], [1, 10**9, 1, 1], [0, 0, 0, 0], [333, 333, 333, 1]])
def test_the_shares_of_a_whole_fill_the_bar(parts: list[int]) -> None:
    svg = plots.shares([(Decimal(part), "plot-1") for part in parts], name="s", title="", description="")

    widths = [int(width) for width in re.findall(r'width="(\d+)"', svg)]
    assert abs(sum(widths) - (1000 if sum(parts) else 0)) <= 2
