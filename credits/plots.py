"""Plots drawn as SVG: a value over time, with marks on it and levels across it.

Pure: values in, `<svg>` out; no Django, no library. What has axes is drawn twice, for a page and for a phone. Colours
and fonts come from classes (static/css/plots.css), so that it works in both themes and on paper, and no style has to be
allowed by the content security policy. Every text is handed in, in the language of the page, and escaped here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

_STEPS: Final = (1, 2, 5, 10)
#: So far marks of one kind keep apart in a small drawing.
_APART: Final = 8

Point = tuple[datetime, Decimal]


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing, how far its edges are from the values, and the class of its look."""

    kind: str
    width: int
    height: int
    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0
    #: How it fills its place, if not as it is.
    fitted: str = ""
    #: About so many words below.
    words: int = 5


_PLOT: Final = Frame("plot plot-wide", 720, 260, left=76, right=14, top=16, bottom=34)
#: The same on a phone, instead of the wide one (static/css/plots.css).
_SMALL: Final = Frame("plot plot-small", 320, 220, left=70, right=8, top=14, bottom=30, words=2)
_SPARK: Final = Frame("plot plot-spark", 240, 56, left=5, right=5, top=5, bottom=5)
#: It takes any width and keeps its height.
_BAR: Final = Frame("plot plot-bar", 1000, 12, fitted=' preserveAspectRatio="none"')


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
    frame: Frame = _PLOT

    def x(self, at: datetime) -> int:
        """Whole units from the left: finer would only make the drawing longer."""
        share = (at - self.start) / max(self.end - self.start, timedelta(seconds=1))
        return self.frame.left + round(min(max(share, 0), 1) * (self.frame.width - self.frame.left - self.frame.right))

    def y(self, value: Decimal) -> int:
        """Whole units from the top."""
        share = (value - self.lowest) / (self.highest - self.lowest)
        return (
            self.frame.height
            - self.frame.bottom
            - round(share * (self.frame.height - self.frame.top - self.frame.bottom))
        )


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
    shown = list(marks)

    def draw(frame: Frame) -> Iterator[str]:
        axes, step = _axes(points, levels, zone, frame)
        yield from (*_grid(axes, step, amount), *_days(axes, day), *(_level(axes, level) for level in levels))
        yield f'<path class="plot-line" d="{_path(axes, points)}"/>'
        yield from _marks(axes, shown)

    return _twice(draw, name, title, description)


def over_days(
    points: Sequence[Point],
    *,
    name: str,
    title: str,
    description: str,
    zone: ZoneInfo,
    amount: Words,
    day: Callable[[date], str],
    marks: Iterable[Mark],
) -> Svg:
    """The same for few points and without levels; what lies between the value and zero is tinted."""
    shown = list(marks)

    def draw(frame: Frame) -> Iterator[str]:
        axes, step = _axes(points, (), zone, frame)
        yield from (*_grid(axes, step, amount), *_days(axes, day), *_tinted(axes, points), *_marks(axes, shown))

    return _twice(draw, name, title, description)


def spark(points: Sequence[Point], *, name: str, title: str, description: str, zone: ZoneInfo) -> Svg:
    """The same as a small line without axes, the last value marked; what it says in words is its description.

    Zero is not always in sight; where the value falls below, a line shows it.
    """
    values = [value for _, value in points]
    lowest, highest = min(values), max(values)
    axes = Axes(points[0][0], points[-1][0], lowest, max(highest, lowest + 1), zone, _SPARK)
    zero = axes.y(Decimal(0))
    below = f'<line class="plot-zero" x1="0" x2="{_SPARK.width}" y1="{zero}" y2="{zero}"/>'
    end = f'<circle class="plot-end" cx="{axes.x(points[-1][0])}" cy="{axes.y(points[-1][1])}" r="3.5"/>'
    drawn = (below if lowest < 0 <= highest else "", *_tinted(axes, points), end)
    return _svg(_SPARK, name, title, description, drawn)


def shares(parts: Sequence[tuple[Decimal, str]], *, name: str, title: str, description: str) -> Svg:
    """A whole as a bar: amounts (none below zero) side by side, each of the kind that the style sheet colours."""
    whole = sum((amount for amount, _ in parts), Decimal(0))
    drawn, left = [], 0
    for amount, kind in parts:
        width = round(_BAR.width * amount / whole) if whole else 0
        if width:
            drawn.append(f'<rect class="{kind}" x="{left}" y="0" width="{width}" height="{_BAR.height}"/>')
            left += width
    return _svg(_BAR, name, title, description, drawn)


def _svg(frame: Frame, name: str, title: str, description: str, drawn: Iterable[str]) -> Svg:
    """The drawing with its name, and what it says in words."""
    return Svg(
        f'<svg class="{frame.kind}" viewBox="0 0 {frame.width} {frame.height}"{frame.fitted} role="img"'
        f' aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{''.join(drawn)}</svg>"
    )


def _twice(draw: Callable[[Frame], Iterable[str]], name: str, title: str, description: str) -> Svg:
    """The drawing, which is the one read aloud, and its small form; the style sheet shows one of them."""
    return Svg(_svg(_PLOT, name, title, description, draw(_PLOT)) + small(_SMALL, draw(_SMALL)))


def small(frame: Frame, drawn: Iterable[str]) -> str:
    """The form of a drawing for a phone; what it says in words is with the large one."""
    size = f"{frame.width} {frame.height}"
    return f'<svg class="{frame.kind}" viewBox="0 0 {size}" aria-hidden="true">{"".join(drawn)}</svg>'


def _axes(points: Sequence[Point], levels: Sequence[Level], zone: ZoneInfo, frame: Frame) -> tuple[Axes, Decimal]:
    """Axes that end at round figures, and the step from one of these to the next."""
    values = [value for _, value in points] + [level.value for level in levels] + [Decimal(0)]
    step = _step(max(values) - min(values))
    lowest = (min(values) / step).to_integral_value(ROUND_FLOOR) * step
    highest = max((max(values) / step).to_integral_value(ROUND_CEILING) * step, lowest + step)
    return Axes(points[0][0], points[-1][0], lowest, highest, zone, frame), step


def _tinted(axes: Axes, points: Sequence[Point]) -> Iterator[str]:
    """The value, and a tint down to zero, or to the edge where zero is out of sight."""
    path = _path(axes, points)
    ground = axes.y(min(max(axes.lowest, Decimal(0)), axes.highest))
    yield f'<path class="plot-area" d="{path}V{ground}H{axes.x(points[0][0])}z"/>'
    yield f'<path class="plot-line" d="{path}"/>'


def _step(span: Decimal) -> Decimal:
    """A round figure that goes about four times into the span."""
    if span <= 0:
        return Decimal(1)
    wanted = span / 4
    power = Decimal(1).scaleb(wanted.adjusted())
    return next(power * times for times in _STEPS if power * times >= wanted)


def _grid(axes: Axes, step: Decimal, amount: Words) -> Iterator[str]:
    value, left, right = axes.lowest, axes.frame.left, axes.frame.width - axes.frame.right
    while value <= axes.highest:
        y = axes.y(value)
        kind = "plot-zero" if value == 0 else "plot-grid"
        yield f'<line class="{kind}" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{escape(amount(value))}</text>'
        value += step


def _days(axes: Axes, day: Callable[[date], str]) -> Iterator[str]:
    """Some days, by name, at their midnights in the zone."""
    frame, ground = axes.frame, axes.frame.height - axes.frame.bottom
    first = axes.start.astimezone(axes.zone).date()
    count = max(1, (axes.end.astimezone(axes.zone).date() - first).days)
    every = max(1, -(-count // frame.words))
    for turn in range(0, count + 1, every):
        named = first + timedelta(days=turn)
        midnight = datetime.combine(named, time.min, tzinfo=axes.zone)
        if axes.start <= midnight < axes.end:
            x = axes.x(midnight)
            anchor = "start" if x < frame.left + 20 else "end" if x > frame.width - frame.right - 30 else "middle"
            yield f'<line class="plot-grid" x1="{x}" x2="{x}" y1="{ground}" y2="{ground + 5}"/>'
            yield f'<text x="{x}" y="{ground + 22}" text-anchor="{anchor}">{escape(day(named))}</text>'


def _level(axes: Axes, level: Level) -> str:
    y, right = axes.y(level.value), axes.frame.width - axes.frame.right
    return (
        f'<line class="plot-level" x1="{axes.frame.left}" x2="{right}" y1="{y}" y2="{y}"/>'
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


def _marks(axes: Axes, marks: Iterable[Mark]) -> Iterator[str]:
    """The marks; in a small drawing, where no pointer asks what they are, those that can be told apart."""
    last: dict[str, int] = {}
    for mark in marks:
        x = axes.x(mark.at)
        if axes.frame is not _SMALL:
            yield _mark(axes, mark, f"<title>{escape(mark.label)}</title>")
        elif x >= last.get(mark.kind, -_APART) + _APART:
            last[mark.kind] = x
            yield _mark(axes, mark, "")


def _mark(axes: Axes, mark: Mark, said: str) -> str:
    x, y = axes.x(mark.at), axes.y(mark.value)
    shapes = {
        "in": f"M{x} {y - 5}l5 9h-10z",
        "out": f"M{x} {y + 5}l5 -9h-10z",
        "stop": f"M{x - 4} {y - 4}l8 8m0 -8l-8 8",
    }
    return f'<path class="plot-mark plot-{mark.kind}" d="{shapes[mark.kind]}">{said}</path>'
