"""Plots of usage: columns over time, stacked by service, and bars below one another for what is compared.

Pure: values in, `<svg>` out, as credits/plots.py draws its own: columns once for a page and once for a phone, bars in
per cent of whatever width there is. A series is told apart by its pattern as much as by
its colour; every text is handed in, in the language of the page, and escaped here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Final

from credits.plots import Frame, Svg, small

_LARGE: Final = Frame("plot plot-wide", 720, 240, left=76, right=8, top=12, bottom=28, words=8)
_SMALL: Final = Frame("plot plot-small", 320, 200, left=70, right=4, top=12, bottom=28, words=4)
#: How high a row of bars is, and where in it the bar begins, below its words; the style sheet says how thick it is.
_ROW, _BAR = 42, 22
_ROUND: Final = (1, 2, 5, 10)
#: What is drawn over the colour of a series, by its number; together with the colours as many as there are services.
_PATTERNS: Final = ("", "M0 6L6 0", "M3 0V6", "M0 0L6 6M0 6L6 0", "M0 3H6", "M2 2h2v2h-2z")
#: Colours there are (static/css/parts.css).
_COLOURS: Final = 3

Words = Callable[[Decimal], str]


@dataclass(frozen=True, slots=True)
class Column:
    """A day, week or month: what stands under it, and its value in each series."""

    label: str
    values: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One of those compared: its name, its value, and the value in words."""

    label: str
    value: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """Something that is used up bit by bit: its name, how much of each part is gone, of how much; the same in words."""

    label: str
    parts: tuple[int, ...]
    whole: int
    text: str


def fill(number: int) -> str:
    """What the `fill` of something of that series is, anywhere on the page of the plot; numbers begin with 0."""
    return f"url(#series-{number})"


def columns(found: Sequence[Column], *, name: str, title: str, description: str, amount: Words) -> Svg:
    """Columns side by side, each stacked from the first series up. One at least; `name` is unique on the page."""
    highest = max(sum(column.values, Decimal(0)) for column in found)
    step = _step(highest)
    top = (highest // step + 1) * step
    series = range(len(found[0].values))

    def draw(frame: Frame) -> Iterator[str]:
        yield from _grid(frame, step, top, amount)
        for number in series:
            yield f'<path fill="{fill(number)}" d="{_stack(frame, found, number, top)}"/>'
        yield from _under(frame, found)

    size = f'class="{_LARGE.kind}" viewBox="0 0 {_LARGE.width} {_LARGE.height}"'
    large = (_open(size, name, title, description), _patterns(len(series)), *draw(_LARGE), "</svg>")
    return Svg("".join(large) + small(_SMALL, draw(_SMALL)))


def bars(found: Sequence[Bar], *, name: str, title: str, description: str) -> Svg:
    """Bars below one another, the first the longest; each with its name and its value above it."""
    longest = max((bar.value for bar in found), default=Decimal(0)) or Decimal(1)
    parts = [_open(_rows(len(found)), name, title, description)]
    for row, bar in enumerate(found):
        length = max(Decimal("0.3"), round(bar.value / longest * 100, 1))
        parts += [_said(row, bar.label, bar.text), _part(row, Decimal(0), length, 'class="plot-1"')]
    return Svg("".join([*parts, "</svg>"]))


def shares(found: Sequence[Share], *, name: str, title: str, description: str) -> Svg:
    """Bars of one length, whatever their wholes are: the parts that are gone one after the other, and what is left."""
    parts = [_open(_rows(len(found)), name, title, description), _patterns(len(found[0].parts))]
    for row, share in enumerate(found):
        parts += [_said(row, share.label, share.text), _part(row, Decimal(0), Decimal(100), 'class="plot-rest"')]
        left = Decimal(0)
        for number, part in enumerate(share.parts):
            length = round(Decimal(part) / share.whole * 100, 1)
            if part:
                parts.append(_part(row, left, max(Decimal("0.3"), length), f'fill="{fill(number)}"'))
            left += length
    return Svg("".join([*parts, "</svg>"]))


def _rows(count: int) -> str:
    """A drawing of so many rows that is as wide as its place and never scaled, so that its words stay readable."""
    return f'class="plot plot-rows" width="100%" height="{_ROW * count}"'


def _said(row: int, label: str, text: str) -> str:
    y = row * _ROW + 15
    return f'<text y="{y}">{escape(label)}</text><text x="100%" y="{y}">{escape(text)}</text>'


def _part(row: int, left: Decimal, length: Decimal, look: str) -> str:
    """A piece of a bar, in per cent of it."""
    x = f' x="{left:f}%"' if left else ""
    return f'<rect {look}{x} y="{row * _ROW + _BAR}" width="{length:f}%"/>'


def _open(size: str, name: str, title: str, description: str) -> str:
    return (
        f'<svg {size} role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )


def _patterns(count: int) -> str:
    return f"<defs>{''.join(map(_pattern, range(count)))}</defs>"


def _pattern(number: int) -> str:
    lines = _PATTERNS[number % len(_PATTERNS)]
    over = f'<path class="plot-hatch" d="{lines}"/>' if lines else ""
    return (
        f'<pattern id="series-{number}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path class="plot-{number % _COLOURS + 1}" d="M0 0h6v6H0z"/>{over}</pattern>'
    )


def _step(highest: Decimal) -> Decimal:
    """A round figure that goes about four times into the highest column."""
    if highest <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb((highest / 4).adjusted())
    return next(power * times for times in _ROUND if power * times * 4 >= highest)


def _grid(frame: Frame, step: Decimal, top: Decimal, amount: Words) -> Iterator[str]:
    value = Decimal(0)
    while value <= top:
        y = _y(frame, value, top)
        kind = "plot-grid" if value else "plot-zero"
        yield f'<line class="{kind}" x1="{frame.left}" x2="{frame.width - frame.right}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{frame.left - 8}" y="{y + 4}" text-anchor="end">{escape(amount(value))}</text>'
        value += step


def _y(frame: Frame, value: Decimal, top: Decimal) -> int:
    return frame.height - frame.bottom - round(value / top * (frame.height - frame.top - frame.bottom))


def _place(frame: Frame, number: int, of: int) -> tuple[int, int]:
    """Where a column begins, and how wide it is."""
    room = (frame.width - frame.left - frame.right) / of
    width = max(2, min(48, round(room * 0.7)))
    return frame.left + round(room * (number + 0.5) - width / 2), width


def _stack(frame: Frame, found: Sequence[Column], series: int, top: Decimal) -> str:
    """All pieces of one series as one path."""
    drawn = []
    for number, column in enumerate(found):
        below = sum(column.values[:series], Decimal(0))
        low, high = _y(frame, below, top), _y(frame, below + column.values[series], top)
        if low != high:
            x, width = _place(frame, number, len(found))
            drawn.append(f"M{x} {low}V{high}h{width}V{low}z")
    return "".join(drawn)


def _under(frame: Frame, found: Sequence[Column]) -> Iterator[str]:
    """The labels of some columns."""
    every, y = -(-len(found) // frame.words), frame.height - 10
    for number, column in enumerate(found):
        if number % every == 0:
            x, width = _place(frame, number, len(found))
            yield f'<text x="{x + width // 2}" y="{y}" text-anchor="middle">{escape(column.label)}</text>'
