"""Files handed in on a page: kept, checked by a worker, shown, and taken in once somebody has confirmed it."""

from rating.uploads.deciding import NotWaiting, confirm, drop
from rating.uploads.limiting import TOO_LARGE, largest
from rating.uploads.storing import KEPT, MOST, TooLarge, TooMany, receive
from rating.uploads.working import work_due

__all__ = [
    "KEPT",
    "MOST",
    "TOO_LARGE",
    "NotWaiting",
    "TooLarge",
    "TooMany",
    "confirm",
    "drop",
    "largest",
    "receive",
    "work_due",
]
