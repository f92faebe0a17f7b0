"""Which tariff is in force when: windows of the week in the tariff's own zone, and the cuts they make in a call.

Pure: no Django, no clock, no settings. A window is read off the clock on the wall: an instant belongs to it when the
local time lies in it. So in the hour that a spring night leaves out a window has no instants, and in the hour that an
autumn night repeats it has twice as many. Together the windows cover every local time once, so each instant has one.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from rating.pricing.tariff import BadTariff, Tariff

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MIDNIGHT: Final = time(0)
MICROSECONDS: Final = 1_000_000
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = 86_400_000_000
#: A call of a timetable is at most so long; its cuts are found one by one.
LONGEST: Final = timedelta(days=366)
#: Far enough from both ends of what an instant can say.
_YEARS: Final = (1900, 9000)


class BadCall(ValueError):
    """A call that can't be priced: the message says why."""


@dataclass(frozen=True, slots=True)
class Window:
    """On these days (1 is Monday, 7 Sunday) from `begins` until before `ends`; an end at midnight is the day's end."""

    days: frozenset[int]
    begins: time
    ends: time

    def __post_init__(self) -> None:
        if not self.days or not self.days <= set(range(1, 8)):
            raise BadTariff("a window needs days, from 1 (Monday) to 7 (Sunday)")
        if self.begins.tzinfo or self.ends.tzinfo:
            raise BadTariff("the times of a window are those of the tariff's zone")
        if self.ends != MIDNIGHT and self.ends <= self.begins:
            raise BadTariff(f"a window ends after it begins: {self.begins:%H:%M} to {self.ends:%H:%M}")

    @property
    def reach(self) -> tuple[int, int]:
        """Begin and end in microseconds of the day."""
        return _of_day(self.begins), _of_day(self.ends) or _DAY


@dataclass(frozen=True, slots=True)
class Stretch:
    """A tariff in force until so many microseconds after the answer; its window, None where there is but one tariff."""

    tariff: Tariff
    window: Window | None
    until: int


@dataclass(frozen=True)
class Timetable:
    """Windows, each with its tariff, that cover the week once. Raises BadTariff where they do not."""

    zone: ZoneInfo
    spans: tuple[tuple[Window, Tariff], ...]

    def __post_init__(self) -> None:
        if wrong := gaps_and_overlaps(window for window, _ in self.spans):
            raise BadTariff("; ".join(wrong))

    @cached_property
    def ticks(self) -> int:
        """So many in a second that all starts, all increments and all cuts are whole numbers of them."""
        return math.lcm(MICROSECONDS, *(tariff.ticks for _, tariff in self.spans))

    @cached_property
    def parts(self) -> int:
        """So many in one unit of the currency that all fees and prices are whole numbers of them."""
        return math.lcm(*(tariff.parts for _, tariff in self.spans))

    @cached_property
    def _days(self) -> dict[int, list[tuple[int, int, Window, Tariff]]]:
        return {
            day: sorted(
                ((*window.reach, window, tariff) for window, tariff in self.spans if day in window.days),
                key=lambda span: span[0],
            )
            for day in range(1, 8)
        }

    def in_force(self, at: datetime) -> tuple[Window, Tariff]:
        """The window in which the instant lies, and its tariff. The instant is aware."""
        wall = at.astimezone(self.zone)
        now = _of_day(wall.time())
        return next(
            (window, tariff) for begins, ends, window, tariff in self._days[wall.isoweekday()] if begins <= now < ends
        )

    def stretches(self, at: datetime, seconds: Fraction | int) -> Iterator[Stretch]:
        """The tariffs in force during a call answered at `at`, until it has lasted so long.

        Cut where the tariff changes only: at a window's end after which an equal tariff goes on (midnight in a night's
        window) nothing is cut. Raises BadCall for a call of more than 366 days, or of no year of ours.
        """
        if seconds > LONGEST.total_seconds():
            raise BadCall(f"a call with windows lasts at most {LONGEST.days} days")
        if not _YEARS[0] <= at.year < _YEARS[1]:
            raise BadCall(f"the year {at.year} is none in which calls are answered")
        begun = moment = at.astimezone(UTC)
        whole = seconds * MICROSECONDS
        last: Stretch | None = None
        while last is None or last.until < whole:
            window, tariff = self.in_force(moment)
            moment = self._end_of(window, moment)
            until = (moment - begun) // _MICROSECOND
            if last is None or last.tariff != tariff:
                if last is not None:
                    yield last
                last = Stretch(tariff, window, until)
            else:
                last = Stretch(tariff, last.window, until)
        yield last

    def _end_of(self, window: Window, moment: datetime) -> datetime:
        """When the wall's clock shows the window's end, or is put forward or back before that."""
        wall = moment.astimezone(self.zone)
        left = timedelta(microseconds=window.reach[1] - _of_day(wall.time()))
        until = moment + left
        before = wall.utcoffset()
        if until.astimezone(self.zone).utcoffset() == before:
            return until
        # Somewhere in between the clock changes, on a whole second.
        low, high = int(moment.timestamp()), int(until.timestamp()) + 1
        while high - low > 1:
            middle = (low + high) // 2
            if datetime.fromtimestamp(middle, self.zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return min(until, datetime.fromtimestamp(high, UTC))


def gaps_and_overlaps(windows: Iterable[Window]) -> list[str]:
    """What keeps the windows from covering the week once: "Sat 00:00-24:00 is in no window".

    Half-open, so that one may begin where another ends. Empty when nothing is wrong.
    """
    found = []
    given = list(windows)
    for day, name in enumerate(DAYS, start=1):
        changes = Counter({0: 0, _DAY: 0})
        for begins, ends in (window.reach for window in given if day in window.days):
            changes[begins] += 1
            changes[ends] -= 1
        covering = 0
        for begins, ends in pairwise(sorted(changes)):
            covering += changes[begins]
            if covering != 1:
                how = "in no window" if covering == 0 else "in more than one window"
                found.append(f"{name} {_clock(begins)}-{_clock(ends)} is {how}")
    return found


def _of_day(at: time) -> int:
    """Microseconds since midnight on the wall's clock."""
    return ((at.hour * 60 + at.minute) * 60 + at.second) * MICROSECONDS + at.microsecond


def _clock(microseconds: int) -> str:
    minutes = microseconds // 60_000_000
    return f"{minutes // 60:02}:{minutes % 60:02}"
