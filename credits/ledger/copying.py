"""Write many rows at once by COPY, under ids fetched beforehand.

An id comes from the column's sequence, one `nextval` each: reserving a stretch by `setval` would overlap with whoever
takes a single id meanwhile, unless everybody took the same lock.
"""

from collections.abc import Sequence

import polars as pl
from django.db import connection

from subscriptions import money


def ids(table: str, number: int) -> list[int]:
    """So many unused ids of the table, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(nextval(place)) FROM CAST(pg_get_serial_sequence(%s, 'id') AS regclass) AS place,"
            " generate_series(1, %s)",
            [table, number],
        )
        (found,) = cursor.fetchone()
    return list(found or ())


def csv(rows: pl.DataFrame) -> bytes:
    """The rows as COPY reads them: texts in quotes, so that an empty one is no null."""
    return rows.write_csv(include_header=False, quote_style="non_numeric").encode()


def copy(table: str, columns: Sequence[str], rows: bytes) -> None:
    """Send rows made by `csv`. Raises IntegrityError like any statement."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as stream:
        stream.write(rows)


def copy_frame(table: str, rows: pl.DataFrame) -> None:
    """Send the rows; their columns are the table's."""
    copy(table, rows.columns, csv(rows))


def decimal(column: str) -> pl.Expr:
    """Whole millionths, none below zero, as a decimal number of units."""
    micros = pl.col(column)
    places = (micros % money.MICROS).cast(pl.String).str.zfill(6)
    return pl.concat_str((micros // money.MICROS).cast(pl.String), pl.lit("."), places)
