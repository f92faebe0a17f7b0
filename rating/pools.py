"""Minutes that many share: how large each pool is in a month, how much is used, and taking from it.

Pure: no Django, no clock, no settings.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple, TypeAlias

from rating import zones

#: The one pool of the whole organization, for dial-out from conferences to Zone A.
CONFERENCE: Final = "conference"
#: What the dial-out add-on covers, counted for the books; it is of no size and never used up.
DIAL_OUT_US_CA: Final = "MCOMEETADD_DIALOUT_US"
DOMESTIC: Final = "domestic"
INTERNATIONAL: Final = "international"

#: Minutes by the pool that gave them, the first asked first.
Parts: TypeAlias = tuple[tuple[str, int], ...]


class Named(NamedTuple):
    """What the name of a pool says: where, of which plan, which counter, and whose if it is one subscriber's own."""

    location: str
    plan: str
    counter: str
    owner: int | None = None


def name_of(location: str, plan: str, *, domestic: bool, owner: int | None = None) -> str:
    """The name of a plan's counter at a usage location; `owner` makes it a subscriber's own."""
    counter = DOMESTIC if domestic else INTERNATIONAL
    name = f"{zones.pool_location(location)} {plan} {counter}"
    return name if owner is None else f"{name} {owner}"


def named(name: str) -> Named:
    """What the name says. The pools of the whole organization have no location."""
    if name in (CONFERENCE, DIAL_OUT_US_CA):
        return Named("", "" if name == CONFERENCE else name, CONFERENCE)
    location, *plan, counter = name.split(" ")
    owner = None
    if counter.isdigit():
        owner, counter = int(counter), plan.pop()
    return Named(location, " ".join(plan), counter, owner)


def without_owner(name: str) -> str:
    """The name that the minutes of all subscribers of the plan and location have in common."""
    whose = named(name)
    return name if whose.owner is None else name.rpartition(" ")[0]


def is_shared(name: str) -> bool:
    """If it is a pool that can be used up by others: neither one subscriber's own minutes nor without a size."""
    return name != DIAL_OUT_US_CA and named(name).owner is None


def written(parts: Parts) -> str:
    """As a record keeps it: `US MCOPSTN1 domestic=90;conference=3`; no parts are the empty text."""
    return ";".join(f"{name}={minutes}" for name, minutes in parts)


def read(text: str) -> Parts:
    """The parts that were written so. Raises ValueError for anything else."""
    pairs = (part.rpartition("=") for part in text.split(";") if text)
    return tuple((name, int(minutes)) for name, _, minutes in pairs)


@dataclass
class Pools:
    """Sizes and use, in minutes, by (month, name). Each month starts full; nothing rolls over.

    Held minutes are kept for calls that are still going on: nobody else's.
    """

    sizes: Counter[tuple[date, str]] = field(default_factory=Counter)
    used: Counter[tuple[date, str]] = field(default_factory=Counter)
    held: Counter[tuple[date, str]] = field(default_factory=Counter)
    #: Which have been changed since they were read.
    touched: set[tuple[date, str]] = field(default_factory=set)

    def left(self, month: date, name: str, wanted: int) -> int:
        """How many of the minutes wanted the pool still has."""
        if name == DIAL_OUT_US_CA:
            return wanted
        key = month, name
        return min(wanted, max(0, self.sizes[key] - self.used[key] - self.held[key]))

    def take(self, month: date, names: Iterable[str], minutes: int) -> Parts:
        """Use up to so many minutes, from the pools in the order given; answers how many of which there were."""
        return self._move(self.used, month, names, minutes)

    def hold(self, month: date, names: Iterable[str], minutes: int) -> Parts:
        """Keep up to so many minutes for a call, from the pools in the order given; how many of which there were."""
        return self._move(self.held, month, names, minutes)

    def release(self, month: date, parts: Parts) -> None:
        """Give back what was held. Raises ValueError for more than is held."""
        for name, minutes in parts:
            key = month, name
            if minutes > self.held[key]:
                raise ValueError(f"{minutes} minutes of {name} are given back, {self.held[key]} are held")
            self.held[key] -= minutes
            self.touched.add(key)

    def _move(self, into: Counter[tuple[date, str]], month: date, names: Iterable[str], minutes: int) -> Parts:
        parts = []
        for name in names:
            if part := self.left(month, name, minutes):
                into[month, name] += part
                self.touched.add((month, name))
                parts.append((name, part))
                minutes -= part
        return tuple(parts)
