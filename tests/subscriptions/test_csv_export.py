from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from subscriptions import csv_export


@pytest.mark.parametrize("text", ['=cmd|"/c calc"!A1', "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_text_is_a_formula(text: str) -> None:
    line = csv_export.line([text])

    assert line.strip('"\r\n').startswith("'")


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert csv_export.line([-5, Decimal("-0.5"), None, 'a "b", c']) == '-5,-0.5,,"a ""b"", c"\r\n'


def test_lines_are_made_as_they_are_asked_for() -> None:
    asked = []

    def rows() -> Iterator[list[int]]:
        for number in range(3):
            asked.append(number)
            yield [number]

    lines = csv_export.lines(["n"], rows())

    assert [next(lines), next(lines)] == ["n\r\n", "0\r\n"]
    assert asked == [0]


def test_an_instant_is_told_by_the_clocks_of_the_zone_with_their_offset() -> None:
    at = datetime(2026, 11, 2, 9, 0, 0, 123, tzinfo=UTC)

    assert csv_export.instant(at, ZoneInfo("Asia/Taipei")) == "2026-11-02T17:00:00+08:00"
    assert csv_export.instant(None, ZoneInfo("Asia/Taipei")) == ""
