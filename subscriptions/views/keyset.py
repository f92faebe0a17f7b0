"""Pages of a long list without counting it: each begins behind, or ends before, a row that the address names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from django.http import QueryDict

Row = TypeVar("Row")

#: Rows on a page: as many as its HTML has room for.
SIZE: Final = 25
#: What addresses call a place in a list.
NAMES: Final = ("newer", "older", "before", "after")

#: The longest id that a place in a list can have.
_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows in the order of the list, and whether there is something before the first and after the last."""

    rows: list[Row]
    has_before: bool
    has_after: bool


def page(found: Sequence[Row], *, backwards: bool, moved: bool, size: int | None = None) -> Page[Row]:
    """The page made of at most `size` (SIZE) + 1 rows, in the direction in which they were read.

    `backwards` says that they were read towards the beginning; `moved`, that they do not start at an end of the list.
    """
    size = SIZE if size is None else size
    more = len(found) > size
    rows = list(found[:size])
    if backwards:
        return Page(rows[::-1], has_before=more, has_after=moved)
    return Page(rows, has_before=moved, has_after=more)


def place(text: str) -> int | None:
    """The row that an address names as a place; None for anything that is no such name: the first page."""
    known = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return int(text) if known else None


def address(asked: QueryDict, **place: str) -> str:
    """The same list, with the same filters, at another place: `?state=charged&older=...`."""
    query = asked.copy()
    for name in NAMES:
        query.pop(name, None)
    query.update(place)
    return f"?{query.urlencode()}"
