"""Slots and windows as people write them: "0:0.4/60/30 60:0.2/60/10" and "Mon-Fri 08:00-18:00; Sat 09:00-12:00".

Pure: no Django, no clock, no settings.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import time
from decimal import Decimal
from typing import Final

from rating.pricing.tariff import BadTariff, Slot, Tariff
from rating.pricing.windows import DAYS, MIDNIGHT, Window, gaps_and_overlaps

__all__ = ["gaps_and_overlaps", "parse_slots", "parse_window", "write_slots", "write_window"]

_NUMBER: Final = r"([0-9]{1,12}(?:\.[0-9]{1,12})?)"
_SLOT: Final = re.compile(rf"{_NUMBER}:{_NUMBER}/{_NUMBER}/{_NUMBER}")
_HOURS: Final = re.compile(r"[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}")
_WEEK: Final = frozenset(range(1, 8))


def parse_slots(text: str) -> tuple[Slot, ...]:
    """The slots of "start:rate/unit/increment ...", seconds and amounts in plain digits, parted by spaces.

    Raises BadTariff, also where they are no tariff: none at 0, or two with one start.
    """
    slots = []
    for part in text.split():
        found = _SLOT.fullmatch(part)
        if found is None:
            raise BadTariff(f"slot '{part[:40]}': expected start:rate/unit/increment, as in 0:0.4/60/30")
        slots.append(Slot(*map(Decimal, found.groups())))
    return Tariff(tuple(slots)).slots


def write_slots(slots: Iterable[Slot]) -> str:
    """The text that `parse_slots` reads as these slots."""
    return " ".join(
        f"{_plain(slot.start)}:{_plain(slot.rate)}/{_plain(slot.unit)}/{_plain(slot.increment)}" for slot in slots
    )


def parse_window(text: str) -> tuple[Window, ...]:
    """The windows of one text: days, hours or both; several are parted by semicolons; nothing is always.

    Days are "Mon-Fri", "Sat,Sun" or "Fri-Mon"; without days it is every day, without hours the whole day. Hours are
    "08:00-18:00", to before the second time; "24:00" is the day's end, and 00:00-00:00 the whole day. Hours that end
    before they begin go over midnight into the next day: "Fri 22:00-06:00" ends on Saturday at six. Raises BadTariff.
    """
    parts = [part.strip() for part in text.split(";")] if text.strip() else [""]
    return tuple(window for part in parts for window in _windows(part, whole=text))


def write_window(windows: Iterable[Window]) -> str:
    """A text that `parse_window` reads as windows of the same instants."""
    return "; ".join(
        f"{_days(sorted(window.days))} {window.begins:%H:%M}-"
        f"{'24:00' if window.ends == MIDNIGHT else format(window.ends, '%H:%M')}"
        for window in windows
    )


def _windows(part: str, *, whole: str) -> tuple[Window, ...]:
    words = part.split()
    if not words and whole.strip():
        raise BadTariff(f"window '{whole[:60]}': nothing stands beside a semicolon")
    hours = words.pop() if words and _HOURS.fullmatch(words[-1]) else "00:00-24:00"
    if len(words) > 1:
        raise BadTariff(f"window '{part[:60]}': expected days and hours, as in Mon-Fri 08:00-18:00")
    days = frozenset(_named(words[0])) if words else _WEEK
    begins, ends = _times(hours)
    if ends == MIDNIGHT or begins < ends:
        return (Window(days, begins, ends),)
    tomorrow = frozenset(day % 7 + 1 for day in days)
    return Window(days, begins, MIDNIGHT), Window(tomorrow, MIDNIGHT, ends)


def _times(hours: str) -> tuple[time, time]:
    first, _, last = hours.partition("-")
    try:
        begins = time.fromisoformat(first)
        ends = MIDNIGHT if last == "24:00" else time.fromisoformat(last)
    except ValueError as error:
        raise BadTariff(f"hours '{hours}': expected 00:00 to 24:00") from error
    if begins == ends != MIDNIGHT:
        raise BadTariff(f"hours '{hours}': they end where they begin")
    return begins, ends


def _named(text: str) -> Iterable[int]:
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise BadTariff(f"days '{text[:40]}': expected {', '.join(DAYS)}, as in Mon-Fri or Sat,Sun")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        for day in range(begin, end + 1 if begin <= end else end + 8):
            yield day % 7 + 1


def _days(days: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [[DAYS[day - 1] for day in (run[0], run[-1])] for run in runs]
    return ",".join(first if first == last else f"{first}-{last}" for first, last in names)


def _plain(number: Decimal) -> str:
    """Digits without an exponent or zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
