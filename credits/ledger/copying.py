"""Write many rows at once by COPY, under ids fetched beforehand.

An id comes from the column's sequence, one `nextval` each: reserving a stretch by `setval` would overlap with whoever
takes a single id meanwhile, unless everybody took the same lock.
"""

from collections.abc import Iterable

from django.db import connection


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


def text(value: str) -> str:
    """A value as COPY's text format wants it."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def amount(micros: int) -> str:
    """Whole millionths as a decimal number of units."""
    sign, size = ("-", -micros) if micros < 0 else ("", micros)
    return f"{sign}{size // 1_000_000}.{size % 1_000_000:06d}"
