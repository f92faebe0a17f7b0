"""The pure allocation: the table is that of docs/spending-order.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits.spending import Free, Part, allocate

TABLE = [
    # Each row has the lots with what they have free, the charges, and how they are split.
    ([(1, 50)], [20], [[(1, 20)]]),
    ([(1, 50), (2, 50)], [70], [[(1, 50), (2, 20)]]),
    ([(1, 50), (2, 50)], [30, 30], [[(1, 30)], [(1, 20), (2, 10)]]),
    ([(1, 0), (2, 50)], [10], [[(2, 10)]]),
    ([(1, 10)], [25], [[(1, 10), (None, 15)]]),
    ([], [5, 5], [[(None, 5)], [(None, 5)]]),
    ([(1, 10)], [10, 1], [[(1, 10)], [(None, 1)]]),
]


@pytest.mark.parametrize(("lots", "charges", "split"), TABLE)
def test_charges_are_split_as_the_table_says(
    lots: list[tuple[int, int]], charges: list[int], split: list[list[tuple[int | None, int]]]
) -> None:
    result = allocate([Free(*lot) for lot in lots], charges)

    assert result == [[Part(*part) for part in parts] for parts in split]


@given(
    st.lists(st.integers(0, 10**9), max_size=8),
    st.lists(st.integers(1, 10**9), max_size=20),
)
def test_parts_sum_to_their_charge_and_no_lot_gives_more_than_it_has(free: list[int], charges: list[int]) -> None:
    split = allocate([Free(pk, micros) for pk, micros in enumerate(free)], charges)

    assert [sum(part.micros for part in parts) for parts in split] == charges
    for pk, micros in enumerate(free):
        assert sum(part.micros for parts in split for part in parts if part.lot == pk) <= micros


@given(st.lists(st.integers(0, 10**6), max_size=8), st.lists(st.integers(1, 10**6), max_size=20))
def test_the_overdraft_is_only_touched_when_every_lot_is_empty(free: list[int], charges: list[int]) -> None:
    split = allocate([Free(pk, micros) for pk, micros in enumerate(free)], charges)

    owed = sum(part.micros for parts in split for part in parts if part.lot is None)
    assert owed == max(0, sum(charges) - sum(free))
