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
