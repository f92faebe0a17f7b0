"""Write many rows at once by COPY, under ids fetched beforehand.

An id comes from the column's sequence, one `nextval` each: reserving a stretch by `setval` would overlap with whoever
takes a single id meanwhile, unless everybody took the same lock.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from django.db import connection

_ESCAPES: Final = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
_SPECIAL: Final = re.compile(r"[\\\t\n\r]")


def ids(table: str, number: int) -> list[int]:
    """So many unused ids of the table, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(nextval(place)) FROM pg_get_serial_sequence(%s, 'id') AS place, generate_series(1, %s)",
            [table, number],
        )
        (found,) = cursor.fetchone()
    return list(found or ())


def copy(table: str, columns: Iterable[str], rows: str | bytes, *, form: str = "text") -> None:
    """Send the rows, written in PostgreSQL's own `text` or in `csv`. Raises IntegrityError like any statement."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT {form})"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as stream:
        stream.write(rows)


def texts(values: Sequence[str]) -> Sequence[str]:
    """The values as COPY's text format wants them: nearly always as they are."""
    if not _SPECIAL.search("".join(values)):
        return values
    return [_SPECIAL.sub(lambda found: _ESCAPES[found[0]], value) for value in values]


def amount(micros: int) -> str:
    """Whole millionths as a decimal number of units."""
    sign, size = ("-", -micros) if micros < 0 else ("", micros)
    return f"{sign}{size // 1_000_000}.{size % 1_000_000:06d}"
