"""Longest prefix: a table of prefixes flattened to intervals, searched by bisection.

Pure: no Django, no clock, no settings.
"""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Generic, TypeVar

Priced = TypeVar("Priced")

#: Sorts right behind "9", so that "449" + everything ends where "44:" begins.
_AFTER_NINE = ":"


def _end(prefix: str) -> str:
    """The first string after all that begin with the prefix; after the empty prefix nothing comes."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else _AFTER_NINE * 2


class PrefixTable(Generic[Priced]):
    """Answers, for the digits of a number, what the longest prefix in the table stands for.

    Only prefixes that have a price belong in the table: a longer one without would neither win nor block. Digits are
    compared as text, so a number shorter than a prefix never matches it. The empty prefix catches all.
    """

    def __init__(self, prices: Mapping[str, Priced]) -> None:
        self._starts: list[str] = []
        self._values: list[Priced | None] = []
        open_prefixes: list[str] = []
        for prefix in sorted(prices):
            self._close(open_prefixes, prices, before=prefix)
            self._begin(prefix, prices[prefix])
            open_prefixes.append(prefix)
        self._close(open_prefixes, prices, before=_AFTER_NINE * 3)

    def _begin(self, start: str, value: Priced | None) -> None:
        """Start an interval; one that begins at the same point had no width."""
        if self._starts and self._starts[-1] == start:
            self._values[-1] = value
        else:
            self._starts.append(start)
            self._values.append(value)

    def _close(self, open_prefixes: list[str], prices: Mapping[str, Priced], *, before: str) -> None:
        """End every prefix whose numbers are all behind us; what surrounds it goes on."""
        while open_prefixes and _end(open_prefixes[-1]) <= before:
            ended = open_prefixes.pop()
            self._begin(_end(ended), prices[open_prefixes[-1]] if open_prefixes else None)

    def longest(self, digits: str) -> Priced | None:
        """What the longest matching prefix stands for; None when none matches."""
        place = bisect_right(self._starts, digits) - 1
        return self._values[place] if place >= 0 else None
