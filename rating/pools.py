"""Minutes that many share: how large each pool is in a month, how much is used, and taking from it.

Pure: no Django, no clock, no settings.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from rating import zones

#: The one pool of the whole organization, for dial-out from conferences to Zone A.
CONFERENCE: Final = "conference"


def name_of(location: str, plan: str, *, domestic: bool, owner: int | None = None) -> str:
    """The name of a plan's counter at a usage location; `owner` makes it a subscriber's own."""
    counter = "domestic" if domestic else "international"
    name = f"{zones.pool_location(location)} {plan} {counter}"
    return name if owner is None else f"{name} {owner}"


@dataclass
class Pools:
    """Sizes and use, in minutes, by (month, name). Each month starts full; nothing rolls over."""

    sizes: Counter[tuple[date, str]] = field(default_factory=Counter)
    used: Counter[tuple[date, str]] = field(default_factory=Counter)
    #: Which have been taken from since they were read.
    touched: set[tuple[date, str]] = field(default_factory=set)

    def take(self, month: date, names: Iterable[str], minutes: int) -> int:
        """Take up to so many minutes, from the pools in the order given; answers how many there were."""
        taken = 0
        for name in names:
            key = month, name
            part = min(minutes - taken, max(0, self.sizes[key] - self.used[key]))
            if part:
                self.used[key] += part
                self.touched.add(key)
                taken += part
        return taken
