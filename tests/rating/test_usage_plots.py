"""Columns, bars and shares: what is drawn is what was given, and no text is markup."""

import re
from decimal import Decimal
from itertools import pairwise

import pytest

from rating import usage_plots
from rating.usage_plots import Bar, Column, Share

TITLES = {"name": "plot", "title": "<Title>", "description": "a & b"}


def columns(*values: tuple[str, ...]) -> str:
    """The large form."""
    found = [Column(f"{number}", tuple(map(Decimal, row))) for number, row in enumerate(values)]
    return usage_plots.columns(found, amount=lambda value: f"${value}", **TITLES).partition("</svg>")[0]


def widths(drawn: str) -> list[float]:
    return [float(width) for width in re.findall(r'<rect [^>]*width="([0-9.]+)%"', drawn)]


def test_what_is_stacked_stands_on_what_is_below() -> None:
    drawn = columns(("1", "2"), ("4", "0"))

    assert drawn.count('<path fill="url(#series-0)"') == drawn.count('<path fill="url(#series-1)"') == 1
    first, second = (drawn.split(f'fill="url(#series-{number})" d="')[1].split('"')[0] for number in (0, 1))
    assert (first.count("z"), second.count("z")) == (2, 1)
    top_of_first = first.split("V")[1].split("h")[0]
    assert second.split("V")[0].endswith(f" {top_of_first}")


@pytest.mark.parametrize("highest", ["0.0001", "0.07", "1", "9.99", "4000", "123456.78"])
def test_the_axis_is_in_round_figures_and_reaches_over_the_highest(highest: str) -> None:
    words: list[Decimal] = []
    found = [Column("a", (Decimal(highest),))]

    def amount(value: Decimal) -> str:
        words.append(value)
        return f"{value}"

    usage_plots.columns(found, amount=amount, **TITLES)

    words = words[: len(words) // 2]
    steps = {after - before for before, after in pairwise(words)}
    assert words[0] == 0
    assert words[-1] >= Decimal(highest)
    assert len(steps) == 1
    assert steps.pop().normalize().as_tuple().digits in {(1,), (2,), (5,)}
    assert 3 <= len(words) <= 7


def test_texts_are_no_markup() -> None:
    drawn = [
        columns(("1",)),
        usage_plots.bars([Bar("<b>", Decimal(1), "<i>")], **TITLES),
        usage_plots.shares([Share("<b>", (1,), 2, "<i>")], **TITLES),
    ]

    for svg in drawn:
        assert "&lt;Title&gt;" in svg
        assert "a &amp; b" in svg
        assert "<b>" not in svg
        assert "<i>" not in svg


def test_series_differ_in_more_than_colour() -> None:
    drawn = columns(("1", "1", "1", "1", "1", "1"))

    patterns = [piece.split("</pattern>")[0].split(">", 1)[1] for piece in drawn.split("<pattern")[1:]]
    assert len(set(patterns)) == 6
    assert len({piece.partition("plot-hatch")[2] for piece in patterns}) == 6


def test_what_is_used_and_kept_never_reaches_beyond_the_whole() -> None:
    drawn = usage_plots.shares([Share("pool", (60, 40), 100, "60 of 100"), Share("b", (0, 0), 9, "0")], **TITLES)

    assert widths(drawn) == [100, 60, 40, 100]
    assert re.findall(r' x="([0-9.]+)%"', drawn.replace('x="100%"', "")) == ["60.0"]
    assert drawn.count("plot-rest") == 2


def test_bars_are_as_long_as_their_values_and_none_is_out_of_sight() -> None:
    drawn = usage_plots.bars([Bar(value, Decimal(value), "") for value in ("8", "2", "0.0001")], **TITLES)

    assert widths(drawn) == [100, 25, 0.3]
    assert 'height="126"' in drawn


def test_columns_have_a_small_form_with_fewer_words_for_phones() -> None:
    found = [Column(f"day {number}", (Decimal(number),)) for number in range(30)]

    large, small = usage_plots.columns(found, amount=str, **TITLES).split("</svg>", 1)

    assert (large.count("day "), small.count("day ")) == (8, 4)
    assert 'aria-hidden="true"' in small
    assert "<title" not in small
    assert "<pattern" not in small
