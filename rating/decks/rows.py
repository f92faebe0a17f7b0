"""The rows of a rate deck's file: what each means, and what is wreckage.

Pure: no Django, no clock, no settings.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple, TypeVar

from rating import pricing
from rating.decks.terms import (
    CATCH_ALL,
    COLUMNS,
    COUNTRY,
    OPTIONAL,
    PLACE_COLUMNS,
    PREFIX,
    TERMS_COLUMNS,
    WINDOW,
    Place,
    Terms,
    Wrong,
    place_of,
    prefix_of,
    terms_of,
)
from rating.sheets import Row

_Read = TypeVar("_Read")
#: So many different places and terms are remembered; a deck of the trade has a few hundred.
_REMEMBERED: Final = 50_000


class DeckRow(NamedTuple):
    """One price. The prefix is empty for the catch-all, and in an inbound deck, where the country is the key."""

    prefix: str
    place: Place
    terms: Terms


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line of the file can't be published."""

    line: int
    column: str
    given: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}, '{self.given}': {self.reason}"


class Reader:
    """Reads row after row of a sheet with those columns; what rows say beside their prefix is much alike, read once."""

    def __init__(self, columns: Sequence[str], *, by_country: bool) -> None:
        self._by_country = by_country
        self._said = itemgetter(*(column for column in TERMS_COLUMNS if column in columns), PREFIX)
        self._where = itemgetter(*PLACE_COLUMNS)
        self._places: dict[tuple[str, ...], Place] = {}
        self._terms: dict[tuple[str, ...], Terms] = {}

    def read(self, row: Row) -> DeckRow:
        """What the row says. Raises Wrong."""
        if row.problem:
            raise Wrong("row", ",".join(row.fields.values())[:80], row.problem)
        where = self._where(row.fields)
        place = self._places.get(where) or _kept(self._places, where, place_of(row.fields))
        *said, prefix = self._said(row.fields)
        price = tuple(said)
        terms = self._terms.get(price) or _kept(self._terms, price, terms_of(row.fields))
        return DeckRow("" if self._by_country else prefix_of(prefix.strip()), place, terms)


def problems(rows: Iterable[Row], columns: Sequence[str], *, by_country: bool) -> list[Problem]:
    """All that keeps the rows from being a deck, by line: bad fields, keys that come twice, windows that don't fit."""
    reader = Reader(columns, by_country=by_country)
    found: list[Problem] = []
    keys: dict[str, list[tuple[int, DeckRow]]] = {}
    for row in rows:
        try:
            read = reader.read(row)
        except Wrong as wrong:
            found.append(Problem(row.line, wrong.column, wrong.given, wrong.reason))
        else:
            keys.setdefault(read.place.country if by_country else read.prefix, []).append((row.line, read))
    key_column = COUNTRY if by_country else PREFIX
    for key, same in keys.items():
        if len(same) > 1 or same[0][1].terms.window:
            found.extend(_clashes(key_column, key or CATCH_ALL, same))
    return sorted(found, key=lambda problem: problem.line)


def covers_the_week(windows: Iterable[str]) -> bool:
    """If the rows of one prefix, which have these windows, price each instant of the week once."""
    return not pricing.gaps_and_overlaps(chain.from_iterable(map(pricing.parse_window, windows)))


def unknown(columns: Iterable[str]) -> list[str]:
    """The columns that no deck has: a misspelt one would be a price that is left out."""
    return [column for column in columns if column not in COLUMNS and column not in OPTIONAL]


def _clashes(column: str, key: str, same: Sequence[tuple[int, DeckRow]]) -> Iterator[Problem]:
    """What is wrong between the rows of one key, each with its line."""
    first_lines: dict[str, int] = {}
    begin, first = same[0]
    twice = False
    for line, row in same:
        window = row.terms.window
        if window in first_lines:
            twice = True
            yield Problem(line, column, key, f"already on line {first_lines[window]}")
        elif row.place.country != first.place.country:
            yield Problem(line, COUNTRY, row.place.country, f"another country for {key} than on line {begin}")
        first_lines.setdefault(window, line)
    if not twice and (wrong := pricing.gaps_and_overlaps(chain(*map(pricing.parse_window, first_lines)))):
        shown = "; ".join(wrong[:3]) + ("; ..." if len(wrong) > 3 else "")
        reason = f"the rows of {key} don't price each time of the week once: {shown}"
        yield Problem(begin, WINDOW, first.terms.window, reason)


def _kept(known: dict[tuple[str, ...], _Read], said: tuple[str, ...], read: _Read) -> _Read:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[said] = read
    return read
