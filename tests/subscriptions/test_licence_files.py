"""Reading a licence file: good lines, and what is wrong with bad ones."""

import io

import pytest

from subscriptions import licence_files
from subscriptions.licence_files import Person, Refused

HEADER = "UPN,User Display Name,Usage location,Licences\n"
KNOWN = frozenset({"MCOPSTN1", "MCOPSTNPP"})


def _read(text: str) -> list[Person | Refused]:
    return list(licence_files.read(io.StringIO(text, newline=""), known=KNOWN))


@pytest.mark.parametrize(
    ("line", "person"),
    [
        ("a@b.example,Ann,US,MCOPSTN1 MCOPSTNPP", Person("a@b.example", "Ann", "US", ("MCOPSTN1", "MCOPSTNPP"))),
        (" A@B.Example , Ann ,us,", Person("a@b.example", "Ann", "US", ())),
        ('a@b.example,"Berg, Ann",DE,MCOPSTN1  MCOPSTN1', Person("a@b.example", "Berg, Ann", "DE", ("MCOPSTN1",))),
        ("a@b.example,陳小美,TW,", Person("a@b.example", "陳小美", "TW", ())),
    ],
)
def test_a_line_becomes_a_person(line: str, person: Person) -> None:
    assert _read(HEADER + line) == [person]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (",Ann,US,", "UPN", "not a user principal name"),
        ("ann berg,Ann,US,", "UPN", "not a user principal name"),
        ("a" * 129 + ",Ann,US,", "UPN", "longer than 128 characters"),
        ("a@b.example,Ann,USA,", "Usage location", "USA is not a country or region of two letters"),
        ("a@b.example,Ann,,", "Usage location", "nothing is not a country or region of two letters"),
        ("a@b.example,Ann,US,MCOPSTN1 NOPE", "Licences", "NOPE is not in the catalogue"),
        ("a@b.example,Ann,US", "Licences", "missing"),
        ("a@b.example,Ann,US,MCOPSTN1,MCOPSTNPP", "Licences", "more columns than the header has"),
        ("a@b.example,A\x00nn,US,", "User Display Name", "holds a zero byte"),
    ],
)
def test_a_bad_line_is_refused_by_line_column_and_reason(line: str, column: str, reason: str) -> None:
    good = "z@b.example,Zoe,US,\n"

    found = _read(HEADER + good + line + "\n" + good.replace("z@", "y@"))

    assert isinstance(found[1], Refused)
    assert (found[1].line, found[1].column, found[1].reason) == (3, column, reason)
    assert [each.upn for each in found if isinstance(each, Person)] == ["z@b.example", "y@b.example"]


def test_a_person_may_stand_in_one_line_only() -> None:
    found = _read(HEADER + "a@b.example,Ann,US,\nA@B.example,Ann,GB,\n")

    assert found[1] == Refused(3, "UPN", "a@b.example stands in an earlier line", "A@B.example")


def test_a_refusal_shows_the_cell_that_was_given() -> None:
    found = _read(HEADER + "a@b.example,Ann,US,MCOPSTN1 NOPE\n,Ben,US,\n")

    assert [each.given for each in found if isinstance(each, Refused)] == ["MCOPSTN1 NOPE", ""]


def test_a_line_that_is_no_csv_is_refused_and_the_next_is_read() -> None:
    found = _read(HEADER + 'a@b.example,"An"n,US,\nb@b.example,Ben,US,\n')

    assert isinstance(found[0], Refused)
    assert found[0].line == 2
    assert found[1] == Person("b@b.example", "Ben", "US", ())


@pytest.mark.parametrize("text", ["", "UPN,Licences\n", "<html>\n"])
def test_a_file_without_the_columns_is_no_licence_file(text: str) -> None:
    with pytest.raises(licence_files.NotALicenceFile, match="no column"):
        _read(text)


def test_a_header_that_is_no_csv_is_no_licence_file() -> None:
    with pytest.raises(licence_files.NotALicenceFile, match="not CSV"):
        _read('"UPN,User Display Name,Usage location,Licences\na@b.example,An,US,\n')


def test_a_reason_repeats_no_more_than_its_beginning() -> None:
    (found,) = _read(HEADER + f"a@b.example,An,US,{'X' * 100_000}\n")

    assert isinstance(found, Refused)
    assert len(found.reason) < 200
