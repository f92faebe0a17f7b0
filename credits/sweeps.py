"""Do one thing to each of many rows: what goes wrong with one keeps nobody else waiting (faults F23, F52)."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from django.db import OperationalError, connection

logger = logging.getLogger(__name__)

Row = TypeVar("Row")

#: No further row is begun after so many seconds: a slow provider must not take a sweep to the end of its worker's time
#: (config/celery.py), which would cut the last row in two.
ENOUGH: Final = 10.0
#: Who holds this lock of the database is the one worker that asks the provider again.
_SLOWLY: Final = 0x5107
_ENDINGS: Final[set[type[BaseException]]] = set()


def each(rows: Sequence[Row], act: Callable[[Row], object]) -> int:
    """Act on each row in its own transactions; answers how many went well. The others are due as before.

    In no particular order: workers that took the same rows would otherwise wait for each other at every one. What is
    not begun after ENOUGH seconds is left for the next round.
    """
    done, until = 0, time.monotonic() + ENOUGH
    for row in random.sample(rows, len(rows)):
        if time.monotonic() > until:
            break
        done += _went_well(row, act)
    return done


def slowly(rows: Sequence[Row], act: Callable[[Row], object], *, every: float) -> int:
    """`each` in the order given, one in so many seconds at most, whoever else is at such rows: no storm on a provider
    that has just come back (fault F32). Answers how many went well; none while another worker is at it.
    """
    if not rows or not _begin_alone():
        return 0
    done, until = 0, time.monotonic() + ENOUGH
    try:
        for row in rows:
            began = time.monotonic()
            if began > until:
                break
            done += _went_well(row, act)
            if len(rows) > 1:
                time.sleep(max(0.0, every - (time.monotonic() - began)))
    finally:
        _leave()
    return done


def _begin_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_SLOWLY])
        return bool(cursor.fetchone()[0])


def _leave() -> None:
    """A connection that broke meanwhile has left it already."""
    if connection.is_usable():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_SLOWLY])


def cut_by(ending: type[BaseException]) -> None:
    """What ends a worker's time is no trouble of the row at which it comes: it ends the sweep. The tasks say what."""
    _ENDINGS.add(ending)


def is_cut(error: BaseException) -> bool:
    """If the worker's time is over."""
    return isinstance(error, tuple(_ENDINGS))


def _went_well(row: Row, act: Callable[[Row], object]) -> bool:
    try:
        act(row)
    except Exception as error:
        if is_cut(error):
            raise
        _report(row, error)
        return False
    return True


def _report(row: object, error: Exception) -> None:
    """An account that somebody else holds is tried again in the next round; anything else is ours to look at."""
    if isinstance(error, OperationalError):
        logger.warning("%s has to wait (%s)", row, error)
    else:
        logger.exception("%s could not be swept", row)
