from pathlib import Path

import pytest

from rating import sheets
from rating.sheets import Refused, Row


def rows_of(path: Path, content: bytes) -> list[Row]:
    path.write_bytes(content)
    with sheets.opened(path, required=["a", "b"]) as sheet:
        return list(sheet)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sheet.csv"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no rows"),
        (b"\n\n", "no rows"),
        (b"a,b\n", "no rows"),
        (b"a,b\n\n,\n", "no rows"),
        (b"PK\x03\x04rest", "unzip it first"),
        (b"\x1f\x8brest", "unzip it first"),
        (b"%PDF-1.7", "PDF"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        ("a,b\n1,2\n3,é\n".encode("latin-1"), "Line 3 can't be read as UTF-8"),
        (b"a,b\n1,\x002\n", "Line 2 holds a NUL"),
        (b"a;b\n1;2\n", "separated by ';'"),
        (b"a\tb\n1\t2\n", "separated by a tab"),
        (b"a,c\n1,2\n", "Column 'b' is missing. Found: a, c."),
        (b"a,b,a\n1,2,3\n", "Column 'a' is there 2 times"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "Line 3"),
        (b'a,b\n1,"2"x\n', "Line 2"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "Line 2"),
    ],
)
def test_what_is_no_sheet_is_refused(path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        rows_of(path, content)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_matter(path: Path, ending: str) -> None:
    found = rows_of(path, ending.join(("\ufeffa,b", "1,2", "", '"x\ny",é', "")).encode())

    assert found == [Row(2, {"a": "1", "b": "2"}), Row(4, {"a": "x\ny", "b": "é"})]


def test_a_row_of_another_width_tells_so(path: Path) -> None:
    short, long, right = rows_of(path, b"a,b\n1\n1,2,3\n1,2\n")

    assert (short.line, short.problem) == (2, "the row has 1 fields, expected 2")
    assert (long.line, long.problem) == (3, "the row has 3 fields, expected 2")
    assert not right.problem
