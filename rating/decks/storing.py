"""Write the rows of a deck's file by COPY, as they are read: the memory it takes does not grow with the file."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from rating.decks import files, rows, terms
from rating.decks.files import Unsound
from rating.decks.rows import DeckRow
from rating.models import Rate, RateDeck

_TABLE: Final = Rate._meta.db_table
_COLUMNS: Final = ("deck_id", "prefix", *(f'"{name}"' for name in (*terms.PLACE, *terms.TERMS)))
_CHUNK: Final = 2000

#: The windows of every key that has more than one row, or a window; each combination once.
_WINDOWS: Final = f"""
    SELECT DISTINCT windows, countries FROM (
        SELECT array_agg("window" ORDER BY "window") AS windows, count(DISTINCT country) AS countries
          FROM {_TABLE} WHERE deck_id = %s
         GROUP BY prefix, CASE WHEN %s THEN country END
        HAVING count(*) > 1 OR max("window") <> ''
    ) AS keys"""  # noqa: S608  # our own names


def store(path: Path, deck: RateDeck) -> None:
    """All rows of the file as rates of the deck, which is not published yet, or none. In a transaction.

    Raises Refused, Ruined (which names every bad line) or OSError.
    """
    by_country = files.is_by_country(deck.service)
    try:
        with transaction.atomic():
            _copy(deck, files.read(path, by_country=by_country))
            if not _keys_fit(deck, by_country=by_country):
                raise Unsound
    except (Unsound, IntegrityError):
        files.refuse(path, by_country=by_country)
        raise


def _copy(deck: RateDeck, found: Iterable[DeckRow]) -> None:
    lines = _lines(deck.pk, found)
    with connection.cursor() as cursor:
        # A long deck is one statement, and takes its time on a slow machine; nobody waits for its rows.
        cursor.execute("SET LOCAL statement_timeout = 0")
        statement = f"COPY {_TABLE} ({', '.join(_COLUMNS)}) FROM STDIN"
        with connection.wrap_database_errors, cursor.copy(statement) as stream:
            while chunk := "".join(islice(lines, _CHUNK)):
                stream.write(chunk)


def _lines(deck_id: int, found: Iterable[DeckRow]) -> Iterator[str]:
    for prefix, place, said in found:
        yield f"{deck_id}\t{prefix}\t{place.copied}\t{said.copied}\n"


def _keys_fit(deck: RateDeck, *, by_country: bool) -> bool:
    """If the rows of each key agree on the country, and price every time of the week once.

    The database has refused keys that are there twice, but for the catch-all, whose prefix is empty.
    """
    if not by_country and not deck.rates.filter(Q(prefix="") | ~Q(window="")).exists():
        return True
    with connection.cursor() as cursor:
        cursor.execute(_WINDOWS, [deck.pk, by_country])
        return all(countries == 1 and rows.covers_the_week(windows) for windows, countries in cursor)
