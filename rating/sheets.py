"""A CSV file read strictly: UTF-8, commas, one header, row by row. What is no such table is refused as a whole.

Pure: no Django, no clock, no settings.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Final, TextIO

#: What a file is that begins with these bytes, and what to do about it.
_SIGNATURES: Final = (
    (b"PK", "This is a zip archive or an Excel workbook: unzip it first, or save it as CSV."),
    (b"\x1f\x8b", "This is a gzip archive: unzip it first."),
    (b"%PDF", "This is a PDF document; save the table as CSV."),
    (b"\x89PNG", "This is a picture; save the table as CSV."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook; save it as CSV."),
    (b"\xff\xfe", "This file is in UTF-16; save it as CSV in UTF-8."),
    (b"\xfe\xff", "This file is in UTF-16; save it as CSV in UTF-8."),
)
_SEPARATORS: Final = ((";", "';'"), ("\t", "a tab"), ("|", "'|'"))


class Refused(Exception):
    """The whole file is refused; nothing of it was taken. The message says why, with the line where there is one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: where it began and its fields by column; `problem` says why it has no such fields."""

    line: int
    fields: dict[str, str]
    problem: str = ""


def checksum(path: Path) -> str:
    """The sha-256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened(
    path: Path, *, required: Sequence[str], older: Mapping[str, str] = MappingProxyType({})
) -> "Iterator[Sheet]":
    """The file as a sheet that has the required columns, until the block ends. Raises Refused or OSError.

    `older` says what columns are called now that files of earlier years call otherwise.
    """
    refuse_other_kinds(path)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        yield Sheet(text, required=required, older=older)


class Sheet:
    """The rows of an open file, read as they are asked for. Raises Refused where it is no such table."""

    def __init__(
        self, text: TextIO, *, required: Sequence[str], older: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._before = 0
        self._older = older
        self._reader = csv.reader(_clean_lines(text), strict=True)
        self.columns = self._header(required)
        #: Physical lines up to the end of the header.
        self.header_lines = self._reader.line_num

    def piece(self, text: str, *, before: int) -> Iterator[Row]:
        """The rows of a piece of this file which whole rows make up; so many lines are before it."""
        piece = copy(self)
        piece._before = before
        piece._reader = csv.reader(StringIO(text, newline=""), strict=True)
        while (found := piece._next()) is not None:
            if any(field.strip() for field in found[1]):
                yield piece._row(*found)

    def __iter__(self) -> Iterator[Row]:
        seen = False
        while (found := self._next()) is not None:
            line, fields = found
            if any(field.strip() for field in fields):
                seen = True
                yield self._row(line, fields)
        if not seen:
            raise Refused("The file has no rows.")

    def _row(self, line: int, fields: list[str]) -> Row:
        if len(fields) == len(self.columns):
            return Row(line, dict(zip(self.columns, fields, strict=True)))
        named = dict(zip(self.columns, fields, strict=False))
        return Row(line, named, f"the row has {len(fields)} fields, expected {len(self.columns)}")

    def _next(self) -> tuple[int, list[str]] | None:
        """The line on which the next row begins, and its fields; None at the end."""
        line = self._before + self._reader.line_num + 1
        try:
            return line, next(self._reader)
        except StopIteration:
            return None
        except csv.Error as error:
            raise Refused(
                f"Line {line}: the row that begins here can't be read, is a quote never closed? ({error})"
            ) from error

    def _header(self, required: Sequence[str]) -> list[str]:
        while (found := self._next()) is not None:
            given = [column.strip() for column in found[1]]
            columns = [self._older.get(column, column) for column in given]
            if any(columns):
                _refuse_wrong_columns(columns, required)
                return columns
        raise Refused("The file has no rows.")


def columns_of(path: Path) -> frozenset[str]:
    """What the first line of the file names, roughly: to say of which kind a file is that cannot be read."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return frozenset(name.strip().strip('"') for name in file.readline(10_000).split(","))


def refuse_other_kinds(path: Path) -> None:
    """Raises Refused for what is told by its first bytes to be no text."""
    with path.open("rb") as file:
        begin = file.read(8)
    for signature, reason in _SIGNATURES:
        if begin.startswith(signature):
            raise Refused(reason)


def _clean_lines(text: TextIO) -> Iterator[str]:
    """The lines, unless one holds bytes that are not UTF-8, or NUL, which is no text anywhere."""
    for number, line in enumerate(text, 1):
        if "\0" in line:
            raise Refused(f"Line {number} holds a NUL character; this is not a CSV file in UTF-8.")
        if not line.isascii():
            try:
                line.encode("utf-8")
            except UnicodeEncodeError:
                raise Refused(f"Line {number} can't be read as UTF-8.") from None
        yield line


def _refuse_wrong_columns(columns: list[str], required: Sequence[str]) -> None:
    if len(columns) == 1:
        for separator, name in _SEPARATORS:
            if separator in columns[0]:
                raise Refused(f"Columns are separated by {name}, expected ','.")
    for column, times in Counter(columns).items():
        if times > 1:
            raise Refused(f"Column '{column}' is there {times} times.")
    for column in required:
        if column not in columns:
            raise Refused(f"Column '{column}' is missing. Found: {', '.join(columns)}.")
