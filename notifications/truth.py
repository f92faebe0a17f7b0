"""Whether what is to be told still holds: the floor that knows says here how it is found out.

    truth.register(Notice.Kind.LOT_EXPIRES, something_is_left)     # in AppConfig.ready of that floor

A notice is looked at again just before it is addressed; who has been told once is not untold.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from notifications.models import Notice

logger = logging.getLogger(__name__)

#: Answers whether the notice is still true at that instant. Reads only.
Holds = Callable[[Notice, datetime], bool]

_CHECKS: Final[dict[str, Holds]] = {}


def register(kind: Notice.Kind, holds: Holds) -> None:
    """From now on notices of that kind are withdrawn where this answers False; one check for each kind."""
    _CHECKS[kind.value] = holds


def holds(notice: Notice, *, now: datetime) -> bool:
    """If the notice may be told. One that nobody knows better about may."""
    check = _CHECKS.get(notice.kind)
    if check is None:
        return True
    try:
        return check(notice, now)
    except Exception:
        # It would be the first of every round, and nothing behind it would ever be told: better told than looked at.
        logger.exception("notice %s is told without a second look", notice.pk)
        return True
