"""Read a licence file: who holds which plans. Line by line; a bad line is refused and the others count.

Pure: no Django, no clock, no settings.
"""

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

UPN: Final = "UPN"
NAME: Final = "User Display Name"
LOCATION: Final = "Usage location"
LICENCES: Final = "Licences"
COLUMNS: Final = (UPN, NAME, LOCATION, LICENCES)

_LONGEST: Final = 128
_LOCATION: Final = re.compile(r"[A-Z]{2}")


class NotALicenceFile(ValueError):
    """The file is not CSV in UTF-8 with the four columns."""


@dataclass(frozen=True)
class Person:
    """One line: a UPN in lower case (they differ by case nowhere), a name, a usage location, licence codes."""

    upn: str
    display_name: str
    usage_location: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """A line that was left out: its number in the file (the header is 1), the column, and why."""

    line: int
    column: str
    reason: str
    #: What stands in the cell, shortened; empty where there is nothing, or no such cell.
    given: str = ""


class _Bad(ValueError):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def read(lines: Iterable[str], *, known: Collection[str]) -> Iterator[Person | Refused]:
    """Each line of the file as a person or a refusal. `known` are the codes of the catalogue.

    Raises NotALicenceFile when a column is missing or the text is not UTF-8.
    """
    rows = csv.DictReader(lines, strict=True)
    seen: set[str] = set()
    try:
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            raise NotALicenceFile(f"no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
        while (each := _next(rows, seen, known)) is not None:
            yield each
    except csv.Error as error:  # of the header: _next answers for the lines below it
        raise NotALicenceFile(f"not CSV: {error}") from error
    except UnicodeDecodeError as error:
        raise NotALicenceFile(f"not UTF-8 after line {rows.reader.line_num}") from error


def _next(rows: "csv.DictReader[str]", seen: set[str], known: Collection[str]) -> Person | Refused | None:
    """The next line; nothing at the end. The reader goes on after a line it cannot part."""
    try:
        row = next(rows)
        person = _person(row, known)
        if person.upn in seen:
            raise _Bad(UPN, f"{person.upn} stands in an earlier line")
    except StopIteration:
        return None
    except csv.Error as error:
        return Refused(rows.reader.line_num, "", f"not CSV: {error}")
    except _Bad as bad:
        return Refused(rows.reader.line_num, bad.column, bad.reason, _given(row, bad.column))
    seen.add(person.upn)
    return person


def _given(row: dict[str | Any, str | Any], column: str) -> str:
    value: str | None = row.get(column)
    return (value or "").strip().replace("\x00", "")[:_LONGEST]


def _person(row: dict[str | Any, str | Any], known: Collection[str]) -> Person:
    if None in row:
        raise _Bad(LICENCES, "more columns than the header has")
    upn = _text(row, UPN).lower()
    if not upn or " " in upn:
        raise _Bad(UPN, "not a user principal name")
    location = _text(row, LOCATION).upper()
    if not _LOCATION.fullmatch(location):
        raise _Bad(LOCATION, f"{location or 'nothing'} is not a country or region of two letters")
    codes = tuple(dict.fromkeys(_text(row, LICENCES, longest=None).split()))
    if unknown := [code for code in codes if code not in known]:
        raise _Bad(LICENCES, f"{' '.join(unknown)[:_LONGEST]} is not in the catalogue")
    return Person(upn=upn, display_name=_text(row, NAME), usage_location=location, codes=codes)


def _text(row: dict[str | Any, str | Any], column: str, *, longest: int | None = _LONGEST) -> str:
    value: str | None = row[column]
    if value is None:
        raise _Bad(column, "missing")
    if "\x00" in value:
        raise _Bad(column, "holds a zero byte")
    if longest is not None and len(value.strip()) > longest:
        raise _Bad(column, f"longer than {longest} characters")
    return value.strip()
