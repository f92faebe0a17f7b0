"""A large file in blocks of whole rows: what can be split at its commas, and the rest row by row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from rating.sheets import Refused, Row, Sheet

#: So many bytes are read at a time; what is held in memory is some thirty times that.
BLOCK: Final = 8 * 2**20
#: The column of line numbers; a header's names are stripped, so none is called this.
LINE: Final = " line"
_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole rows that follow so many lines of the file."""

    before: int
    data: bytes

    @property
    def lines(self) -> int:
        return self.data.count(b"\n") + (not self.data.endswith(b"\n"))


def blocks(path: Path, *, header_lines: int, size: int = BLOCK) -> Iterator[Block]:
    """The file behind its header, in pieces that end where a row ends. Raises Refused for what is not text."""
    with path.open("rb") as file:
        if file.read(len(_MARK)) != _MARK:
            file.seek(0)
        for _ in range(header_lines):
            file.readline()
        before, rest = header_lines, b""
        while data := file.read(size):
            data = rest + data
            cut = _end_of_rows(data)
            rest = data[cut:]
            if cut:
                block = _checked(Block(before, data[:cut]))
                before += block.lines
                yield block
            elif len(rest) > 8 * size:
                raise Refused(f"Line {before + 1}: the row that begins here can't be read, is a quote never closed?")
        if rest:
            yield _checked(Block(before, rest))


def _end_of_rows(data: bytes) -> int:
    """Behind the last line end that no open quote precedes: up to there the number of quotes is even."""
    cut = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, cut)
    while cut and quotes % 2:
        earlier = data.rfind(b"\n", 0, cut - 1) + 1
        quotes -= data.count(b'"', earlier, cut)
        cut = earlier
    return cut


def _checked(block: Block) -> Block:
    place = block.data.find(b"\0")
    if place >= 0:
        line = block.before + block.data.count(b"\n", 0, place) + 1
        raise Refused(f"Line {line} holds a NUL character; this is not a CSV file in UTF-8.")
    try:
        block.data.decode()
    except UnicodeDecodeError as error:
        line = block.before + block.data.count(b"\n", 0, error.start) + 1
        raise Refused(f"Line {line} can't be read as UTF-8.") from None
    return block


def fields(block: Block, sheet: Sheet) -> tuple[pl.DataFrame, list[Row]]:
    """The rows as text, by LINE and column, and those that only the row-wise reader can split. Raises Refused."""
    data = block.data.replace(b"\r\n", b"\n")
    if b"\r" in data:
        return _split(b"", [], sheet), list(sheet.piece(block.data.decode(), before=block.before))
    commas = len(sheet.columns) - 1
    whole = data if data.endswith(b"\n") else data + b"\n"
    lines = whole.count(b"\n")
    if b'"' not in whole and whole.count(b",") == lines * commas:
        try:
            found = _split(whole, range(block.before + 1, block.before + lines + 1), sheet)
        except pl.exceptions.PolarsError:
            pass  # a row too long beside one too short
        else:
            return found, []
    return _mixed(block.before, whole, commas, sheet)


def _mixed(before: int, whole: bytes, commas: int, sheet: Sheet) -> tuple[pl.DataFrame, list[Row]]:
    """Line by line, if no row goes over a line end."""
    lines = whole[:-1].split(b"\n")
    if any(line.count(b'"') % 2 for line in lines):
        return _split(b"", [], sheet), list(sheet.piece(whole.decode(), before=before))
    # Fields without quotes, or within quotes and without any; no reader can take these for anything else.
    field = rb'(?:"[^"]*"|[^",]*)'
    simple = re.compile(field + b"(?:," + field + b"){%d}" % commas).fullmatch
    plain, numbers, odd = [], [], list[Row]()
    for number, line in enumerate(lines, before + 1):
        if simple(line):
            plain.append(line)
            numbers.append(number)
        else:
            odd += sheet.piece(line.decode(), before=number - 1)
    return _split(b"".join(line + b"\n" for line in plain), numbers, sheet, quote='"'), odd


def _split(data: bytes, numbers: range | list[int], sheet: Sheet, *, quote: str | None = None) -> pl.DataFrame:
    """Lines that each have as many fields as the header, under the lines' numbers."""
    if not data:
        return pl.DataFrame(schema={LINE: pl.Int64, **dict.fromkeys(sheet.columns, pl.String)})
    schema = dict.fromkeys(sheet.columns, pl.String)
    rows = pl.read_csv(data, has_header=False, schema=schema, quote_char=quote, empty_string_is_null=False)
    if rows.height != len(numbers):
        raise pl.exceptions.ShapeError("blank lines were left out")
    return rows.insert_column(0, pl.Series(LINE, numbers, dtype=pl.Int64))
