"""Tables as CSV for people who open them in a spreadsheet: line by line, and no text in them is ever a formula.

Pure: no Django, no clock, no settings.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Final
from zoneinfo import ZoneInfo

#: Without it a spreadsheet reads UTF-8 as the code page of the machine it runs on.
BYTE_ORDER_MARK: Final = "\ufeff"

#: What a spreadsheet takes for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def lines(header: Iterable[object], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The header and the rows as lines of CSV (RFC 4180), each as soon as it is asked for; None is an empty field.

    Texts that a spreadsheet would take for a formula get an apostrophe in front; numbers stay numbers.
    """
    yield line(header)
    for row in rows:
        yield line(row)


def line(fields: Iterable[object]) -> str:
    """One line with its end."""
    return exact([_field(field) for field in fields])


def exact(fields: Iterable[object]) -> str:
    """One line of the fields as they are, for programs: what they read in again must be what went out."""
    buffer = StringIO()
    csv.writer(buffer).writerow(fields)
    return buffer.getvalue()


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it and does not compute it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def instant(at: datetime | None, zone: ZoneInfo) -> str:
    """The instant as the clocks of the zone show it, with their offset from UTC; nothing for none."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else ""


def _field(value: object) -> object:
    """Only what is a number by its type may begin with a sign."""
    return value if value is None or isinstance(value, int | Decimal) else harmless(str(value))
