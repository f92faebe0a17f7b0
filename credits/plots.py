"""Plots drawn as SVG: a value over time, with marks on it and levels across it.

Pure: values in, one `<svg>` out; no Django, no library. Colours and fonts come from classes (static/css/plots.css), so
that it works in both themes and on paper, and no style has to be allowed by the content security policy. Every text is
handed in, in the language of the page, and escaped here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

_WIDTH, _HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 14, 16, 34
_STEPS: Final = (1, 2, 5, 10)

Point = tuple[datetime, Decimal]
Words = Callable[[Decimal], str]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: `kind` is `in` (a triangle up), `out` (a triangle down) or `stop` (a cross)."""

    at: datetime
    value: Decimal
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Level:
    """A line across, such as the trigger; its label stands at the right end."""

    value: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class Axes:
    """From instants and values to places on the drawing, and the words beside them."""

    start: datetime
    end: datetime
    lowest: Decimal
    highest: Decimal
    zone: ZoneInfo

    def x(self, at: datetime) -> int:
        """Whole units from the left: finer would only make the drawing longer."""
        share = (at - self.start) / max(self.end - self.start, timedelta(seconds=1))
        return _LEFT + round(min(max(share, 0), 1) * (_WIDTH - _LEFT - _RIGHT))

    def y(self, value: Decimal) -> int:
        """Whole units from the top."""
        share = (value - self.lowest) / (self.highest - self.lowest)
        return _HEIGHT - _BOTTOM - round(share * (_HEIGHT - _TOP - _BOTTOM))


class Svg(str):
    """A drawing in which every text is escaped; templates show it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def over_time(
    points: Sequence[Point],
    *,
    name: str,
    title: str,
    description: str,
    zone: ZoneInfo,
    amount: Words,
    day: Callable[[date], str],
    marks: Iterable[Mark] = (),
    levels: Sequence[Level] = (),
) -> Svg:
    """A value that holds until the next one, over time, zero always in sight.

    `points` (one at least) come in order of time; several of one instant are drawn as a fall and a rise. `name` is
    unique on the page.
    """
    values = [value for _, value in points] + [level.value for level in levels] + [Decimal(0)]
    step = _step(max(values) - min(values))
    lowest = (min(values) / step).to_integral_value(ROUND_FLOOR) * step
    highest = max((max(values) / step).to_integral_value(ROUND_CEILING) * step, lowest + step)
    axes = Axes(points[0][0], points[-1][0], lowest, highest, zone)
    parts = [
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>',
        *_grid(axes, step, amount),
        *_days(axes, day),
        *(_level(axes, level) for level in levels),
        f'<path class="plot-line" d="{_path(axes, points)}"/>',
        *(_mark(axes, mark) for mark in marks),
        "</svg>",
    ]
    return Svg("".join(parts))


def _step(span: Decimal) -> Decimal:
    """A round figure that goes about four times into the span."""
    if span <= 0:
        return Decimal(1)
    wanted = span / 4
    power = Decimal(1).scaleb(wanted.adjusted())
    return next(power * times for times in _STEPS if power * times >= wanted)


def _grid(axes: Axes, step: Decimal, amount: Words) -> Iterator[str]:
    value = axes.lowest
    while value <= axes.highest:
        y = axes.y(value)
        kind = "plot-zero" if value == 0 else "plot-grid"
        yield f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(amount(value))}</text>'
        value += step


def _days(axes: Axes, day: Callable[[date], str]) -> Iterator[str]:
    """About five days, by name, at their midnights in the zone."""
    first = axes.start.astimezone(axes.zone).date()
    count = max(1, (axes.end.astimezone(axes.zone).date() - first).days)
    every = max(1, -(-count // 5))
    for turn in range(0, count + 1, every):
        named = first + timedelta(days=turn)
        midnight = datetime.combine(named, time.min, tzinfo=axes.zone)
        if axes.start <= midnight <= axes.end:
            x = axes.x(midnight)
            anchor = "start" if x < _LEFT + 20 else "end" if x > _WIDTH - _RIGHT - 30 else "middle"
            yield f'<line class="plot-grid" x1="{x}" x2="{x}" y1="{_HEIGHT - _BOTTOM}" y2="{_HEIGHT - _BOTTOM + 5}"/>'
            yield f'<text x="{x}" y="{_HEIGHT - 12}" text-anchor="{anchor}">{escape(day(named))}</text>'


def _level(axes: Axes, level: Level) -> str:
    y, right = axes.y(level.value), _WIDTH - _RIGHT
    return (
        f'<line class="plot-level" x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}"/>'
        f'<text class="plot-level-label" x="{right}" y="{y - 5}" text-anchor="end">{escape(level.label)}</text>'
    )


def _path(axes: Axes, points: Sequence[Point]) -> str:
    """Stairs; of the points that fall on one column only its first, extremes and last are drawn."""
    drawn = [f"M{axes.x(points[0][0])} {axes.y(points[0][1])}"]
    column: list[int] = []
    here = axes.x(points[0][0])
    for at, value in points[1:]:
        x = axes.x(at)
        if x != here:
            drawn += [*(f"V{y}" for y in _thinned(column)), f"H{x}"]
            here, column = x, []
        column.append(axes.y(value))
    return "".join([*drawn, *(f"V{y}" for y in _thinned(column))])


def _thinned(column: list[int]) -> list[int]:
    """What is seen of a column: its extremes and where it leaves."""
    return column if len(column) <= 2 else [max(column), min(column), column[-1]]


def _mark(axes: Axes, mark: Mark) -> str:
    x, y = axes.x(mark.at), axes.y(mark.value)
    shapes = {
        "in": f"M{x} {y - 5}l5 9h-10z",
        "out": f"M{x} {y + 5}l5 -9h-10z",
        "stop": f"M{x - 4} {y - 4}l8 8m0 -8l-8 8",
    }
    label = escape(mark.label)
    return f'<path class="plot-mark plot-{mark.kind}" d="{shapes[mark.kind]}"><title>{label}</title></path>'
