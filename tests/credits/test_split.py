"""Thousands of charges are split over the lots as `spending.allocate` splits them."""

from hypothesis import example, given
from hypothesis import strategies as st
from polars import Series

from credits import spending
from credits.ledger import bulk
from credits.spending import Free

LOTS = st.lists(st.integers(0, 50), max_size=8)
CHARGES = st.lists(st.integers(1, 30), min_size=1, max_size=40)


@given(LOTS, CHARGES)
@example([], [5])
@example([0, 0], [5])
@example([5], [5, 1])
@example([0, 5, 0, 5], [5, 5])
@example([0, 5, 0], [7])
def test_as_allocate_does(sizes: list[int], charges: list[int]) -> None:
    lots = [Free(100 + number, micros) for number, micros in enumerate(sizes)]

    parts = bulk.split(lots, Series(charges))

    expected = [
        (place, part.lot, part.micros) for place, split in enumerate(spending.allocate(lots, charges)) for part in split
    ]
    assert parts.rows() == expected
