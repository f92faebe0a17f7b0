"""How long a question may take that somebody waits for: what takes longer is given up, and they are told."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled


class TookTooLong(Exception):
    """The database was asked for more than it could find in the time given."""


@contextmanager
def within(milliseconds: int) -> Iterator[None]:
    """Give each statement so long, in a transaction of their own; raises TookTooLong, and nothing is broken by it.

    Inside another transaction the time stays set until that one ends.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from error
        raise
