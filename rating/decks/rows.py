"""The rows of a rate deck's file: what each means, and what is wreckage.

Pure: no Django, no clock, no settings.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rating.sheets import Row

NAME, KIND, COUNTRY, PREFIX, PRICE = "Destination Name", "Destination Type", "Country", "Prefix", "Price / min"
COLUMNS: Final = (NAME, KIND, COUNTRY, PREFIX, PRICE)
KINDS: Final = frozenset({"mobile", "landline", "mixed", "non-geographic", "toll-free"})
#: Below 10,000 a minute: the longest call so stays within what an amount can hold.
_PRICE: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")
_PREFIX: Final = re.compile(r"[0-9]{1,15}")
_REWRITTEN: Final = re.compile(r"[0-9.,]+[eE]\+?[0-9]+")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class DeckRow:
    """One price. In an inbound deck the country is the key, and the prefix is empty."""

    destination: str
    kind: str
    country: str
    prefix: str
    per_minute: Decimal


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line of the file can't be published."""

    line: int
    column: str
    given: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}, '{self.given}': {self.reason}"


class _Wrong(ValueError):
    def __init__(self, column: str, given: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.given, self.reason = column, given, reason


def read(rows: Iterable[Row], *, by_country: bool) -> tuple[list[DeckRow], list[Problem]]:
    """Every sound row, and the problems of the others; a key that comes again is a problem of the later line."""
    sound: list[DeckRow] = []
    problems: list[Problem] = []
    first_lines: dict[str, int] = {}
    for row in rows:
        try:
            found = _parse(row, by_country=by_country)
            key = found.country if by_country else found.prefix
            if key in first_lines:
                raise _Wrong(COUNTRY if by_country else PREFIX, key, f"already on line {first_lines[key]}")
        except _Wrong as wrong:
            problems.append(Problem(row.line, wrong.column, wrong.given, wrong.reason))
            continue
        first_lines[key] = row.line
        sound.append(found)
    return sound, problems


def _parse(row: Row, *, by_country: bool) -> DeckRow:
    if row.problem:
        raise _Wrong("row", ",".join(row.fields.values())[:80], row.problem)
    fields = {column: row.fields[column].strip() for column in COLUMNS}
    if not 1 <= len(fields[NAME]) <= 100:
        raise _Wrong(NAME, fields[NAME][:80], "expected a name of 1 to 100 characters")
    kind = fields[KIND].lower()
    if kind not in KINDS:
        raise _Wrong(KIND, fields[KIND], f"expected one of {', '.join(sorted(KINDS))}")
    if not _COUNTRY.fullmatch(fields[COUNTRY]):
        raise _Wrong(COUNTRY, fields[COUNTRY], "expected the two capital letters of a country or region")
    prefix = "" if by_country else _prefix(fields[PREFIX])
    return DeckRow(fields[NAME], kind, fields[COUNTRY], prefix, _price(fields[PRICE]))


def _prefix(given: str) -> str:
    if _PREFIX.fullmatch(given):
        return given
    if _REWRITTEN.fullmatch(given):
        raise _Wrong(PREFIX, given, "a spreadsheet has rewritten this prefix; expected its digits")
    raise _Wrong(PREFIX, given, "expected 1 to 15 digits and nothing else")


def _price(given: str) -> Decimal:
    if not given:
        raise _Wrong(PRICE, given, "the price is missing")
    if given.startswith("-"):
        raise _Wrong(PRICE, given, "a price is not negative")
    if not _PRICE.fullmatch(given):
        reason = "expected a number below 10000 with a dot and at most 6 decimals, no thousands separator or currency"
        raise _Wrong(PRICE, given, reason)
    return Decimal(given)
