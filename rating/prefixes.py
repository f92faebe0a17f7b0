"""Longest prefix: a table of prefixes flattened to intervals, searched by bisection.

Pure: no Django, no clock, no settings.

A prefix is an interval of whole numbers: its digits are read as hexadecimal and filled up with zeros to fifteen places;
it ends where the next prefix of its length begins. A number is filled up with `f`, which is above every digit: so a
number that is shorter than a prefix lies behind it, and only prefixes that it really begins with hold it.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Generic, TypeVar

import polars as pl

Priced = TypeVar("Priced")

#: No telephone number is longer (E.164).
DIGITS: Final = 15
_NOBODY: Final = 0


def _interval(prefix: str) -> tuple[int, int]:
    """Where the numbers with that prefix begin, and the first number behind them."""
    free = 4 * (DIGITS - len(prefix))
    begin = int(prefix or "0", 16)
    return begin << free, begin + 1 << free


class PrefixTable(Generic[Priced]):
    """Answers, for the digits of a number, what the longest prefix in the table stands for.

    Only prefixes that have a price belong in the table: a longer one without would neither win nor block. A number
    shorter than a prefix never matches it; digits after the fifteenth do not count. The empty prefix catches all.
    """

    def __init__(self, prices: Mapping[str, Priced]) -> None:
        values = list(prices.values())
        self._fill(list(prices), values.__getitem__)

    @classmethod
    def made_late(cls, prefixes: Sequence[str], make: Callable[[int], Priced]) -> "PrefixTable[Priced]":
        """A table of distinct prefixes where `make(n)` is asked, once, for what the prefix number n stands for.

        Of a long table few prefixes are ever called: what is not called is not made.
        """
        table = cls.__new__(cls)
        table._fill(prefixes, make)
        return table

    def _fill(self, prefixes: Sequence[str], make: Callable[[int], Priced]) -> None:
        self._make = make
        self._made: list[Priced | None] = [None] * (len(prefixes) + 1)
        self._starts, self._owners = array("q"), array("i")
        for start, owner in _flattened(prefixes):
            # Of two intervals that begin at the same point the first one had no width.
            if self._starts and self._starts[-1] == start:
                self._owners[-1] = owner
            else:
                self._starts.append(start)
                self._owners.append(owner)
        # The first digits say between which intervals to search: five comparisons are left of twenty.
        indexed = next(digits for digits in range(DIGITS) if 16**digits >= len(prefixes))
        self._shift = 4 * (DIGITS - indexed)
        self._index = _index(self._starts, self._shift)

    def longest(self, digits: str) -> Priced | None:
        """What the longest matching prefix stands for; None when none matches."""
        number = int(digits[:DIGITS].ljust(DIGITS, "f"), 16)
        part = number >> self._shift
        owner = self._owners[bisect_right(self._starts, number, self._index[part], self._index[part + 1]) - 1]
        return self._made[owner] or self._value(owner)

    def _value(self, owner: int) -> Priced | None:
        if owner == _NOBODY:
            return None
        value = self._made[owner] = self._make(owner - 1)
        return value

    def longest_many(self, digits: pl.Series) -> pl.Series:
        """For each number's digits (texts) the place of its longest prefix, from 0; null when none matches.

        The place in the prefixes as they were given: what `made_late` hands to `make`.
        """
        numbers = digits.str.slice(0, DIGITS).str.pad_end(DIGITS, "f").str.to_integer(base=16, dtype=pl.Int64)
        starts = pl.Series(self._starts, dtype=pl.Int64)
        places = starts.search_sorted(numbers, side="right") - 1
        owners = pl.Series(self._owners, dtype=pl.Int32).gather(places)
        return owners.set(owners == _NOBODY, None) - 1


def _flattened(prefixes: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each interval starts and whose it is: the number of its prefix from 1, or nobody's. In order."""
    yield 0, _NOBODY
    #: The prefixes around the point that was reached: where each ends, and its number; the narrowest last.
    around: list[tuple[int, int]] = [(1 << 4 * DIGITS + 1, _NOBODY)]
    # In the order of the texts a prefix comes right before those that begin with it.
    for place in sorted(range(len(prefixes)), key=prefixes.__getitem__):
        begin, end = _interval(prefixes[place])
        while around[-1][0] <= begin:
            ended, _ = around.pop()
            yield ended, around[-1][1]
        yield begin, place + 1
        around.append((end, place + 1))
    while len(around) > 1:
        ended, _ = around.pop()
        yield ended, around[-1][1]


def _index(starts: "array[int]", shift: int) -> "array[int]":
    """For each beginning of a number: how many intervals start before it."""
    index = array("i")
    for place, start in enumerate(starts):
        # What starts exactly there belongs to that beginning itself.
        if (missing := (start >> shift) + 1 - len(index)) > 0:
            index.extend(array("i", [place]) * missing)
    index.extend(array("i", [len(starts)]) * ((1 << 4 * DIGITS - shift) + 1 - len(index)))
    return index
