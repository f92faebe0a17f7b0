"""At most so many of something in an hour: who tries out stolen cards would like to be quicker (reliability S41)."""

from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from django.db import connection, transaction

_HOUR: Final = timedelta(hours=1)
#: Who counts the same thing waits for the other.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class TooOften(Exception):
    """The hour is full; the next is admitted at `again_at`."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(again_at.isoformat())
        self.again_at = again_at


def take(whose: str, token: str, *, most: int, now: datetime) -> None:
    """Count one, once for each token however often it comes. Raises TooOften.

    `whose` names what is counted together; what is refused is not counted.
    """
    name = f"pace:{whose}"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [name])
        taken: dict[str, datetime] = {each: at for each, at in cache.get(name, {}).items() if at > now - _HOUR}
        if token in taken:
            return
        if len(taken) >= most:
            raise TooOften(min(taken.values()) + _HOUR)
        cache.set(name, {**taken, token: now}, _HOUR.total_seconds())
