"""Do one thing to each of many rows: what goes wrong with one keeps nobody else waiting (faults F23, F52)."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from django.db import OperationalError

logger = logging.getLogger(__name__)

Row = TypeVar("Row")

#: No further row is begun after so many seconds: a slow provider must not take a sweep to the end of its worker's time
#: (config/celery.py), which would cut the last row in two.
ENOUGH: Final = 10.0


def each(rows: Sequence[Row], act: Callable[[Row], object]) -> int:
    """Act on each row in its own transactions; answers how many went well. The others are due as before.

    In no particular order: workers that took the same rows would otherwise wait for each other at every one. What is
    not begun after ENOUGH seconds is left for the next round.
    """
    done, until = 0, time.monotonic() + ENOUGH
    for row in random.sample(rows, len(rows)):
        if time.monotonic() > until:
            break
        try:
            act(row)
        except Exception as error:
            _report(row, error)
        else:
            done += 1
    return done


def _report(row: object, error: Exception) -> None:
    """An account that somebody else holds is tried again in the next round; anything else is ours to look at."""
    if isinstance(error, OperationalError):
        logger.warning("%s has to wait (%s)", row, error)
    else:
        logger.exception("%s could not be swept", row)
