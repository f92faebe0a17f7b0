"""docs/invariants.md names every check with its kind, and says who finds what as the matrix has it."""

from config import ledger_check
from credits import invariants
from tests.config.corruptions import CORRUPTIONS
from tests.docs.pages import table

PAGE = "docs/invariants.md"


def test_the_page_names_every_check_and_its_kind() -> None:
    kinds = {
        **dict.fromkeys(ledger_check.INTEGRITY, "integrity"),
        **dict.fromkeys(invariants.PROVIDER, "provider"),
        **dict.fromkeys(ledger_check.HEALTH, "health"),
    }

    assert {row["check"]: row["kind"] for row in table(PAGE, "The checks")} == kinds


def test_the_page_says_who_finds_what() -> None:
    page = {row["what is broken"]: row["found by"] for row in table(PAGE, "Who finds what")}

    assert page == {corruption.words: ", ".join(corruption.found_by) for corruption in CORRUPTIONS}
