import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rating.prefixes import PrefixTable

digits = st.text("0189", max_size=5)


@given(st.sets(digits, min_size=1, max_size=12), st.text("0189", max_size=7))
def test_the_longest_prefix_wins(prefixes: set[str], number: str) -> None:
    table = PrefixTable({prefix: prefix for prefix in prefixes})
    cuts = (number[:length] for length in range(len(number), -1, -1))

    assert table.longest(number) == next((cut for cut in cuts if cut in prefixes), None)


def test_a_number_shorter_than_a_prefix_does_not_match_it() -> None:
    table = PrefixTable({"44": "GB", "44800": "GB free"})

    assert [table.longest(number) for number in ("4", "44", "4480", "44800", "448001", "45")] == [
        None, "GB", "GB", "GB free", "GB free", None,
    ]  # fmt: skip


def test_the_empty_prefix_catches_all() -> None:
    table = PrefixTable({"": "any", "1": "US"})

    assert [table.longest(number) for number in ("", "0", "1", "15", "9")] == ["any", "any", "US", "US", "any"]


def test_an_empty_table_knows_nothing() -> None:
    assert PrefixTable[str]({}).longest("44") is None


def test_italian_zeros_count() -> None:
    table = PrefixTable({"3906": "Rome", "393": "mobile"})

    assert [table.longest(number) for number in ("390612", "39612", "39321")] == ["Rome", None, "mobile"]


@given(st.sets(digits, min_size=1, max_size=12), st.lists(st.text("0189", max_size=17), min_size=1, max_size=9))
def test_a_batch_finds_what_one_look_up_finds(prefixes: set[str], numbers: list[str]) -> None:
    known = list(prefixes)
    table = PrefixTable.made_late(known, known.__getitem__)

    places = table.longest_many(pl.Series(numbers, dtype=pl.String))

    assert [None if place is None else known[place] for place in places] == [table.longest(each) for each in numbers]


def test_what_is_not_asked_for_is_not_made() -> None:
    made: list[int] = []

    def make(place: int) -> str:
        made.append(place)
        return "made"

    table = PrefixTable.made_late(["44", "49"], make)

    assert [table.longest("4930"), table.longest("4931"), table.longest("33")] == ["made", "made", None]
    assert made == [1]


def test_digits_after_the_fifteenth_do_not_count() -> None:
    table = PrefixTable({"123456789012345": "long"})

    assert [table.longest("12345678901234599"), table.longest("12345678901234")] == ["long", None]
