"""Every check against every corruption: each is found by exactly the checks that are named, nothing else cries wolf.

With -s the whole matrix is printed; docs/invariants.md has it as a table, and what each check says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from config import ledger_check
from credits import invariants
from tests import fakes
from tests.config import history
from tests.config.corruptions import CORRUPTIONS, HARMLESS, Corruption
from tests.credits.desk import undone

ROOT = Path(settings.BASE_DIR)
CHECKS = [*ledger_check.INTEGRITY, *invariants.PROVIDER, *ledger_check.HEALTH]
# The mark makes pytest-django prepare the test's database; `ids` wraps a transaction around those of the tests.
pytestmark = pytest.mark.django_db
by_corruption = pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda one: one.words)

#: What the database refuses by itself has to be let in first: constraints, unique indexes, triggers.
_DISARM = """
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
                  WHERE contype IN ('c', 'f', 'u') AND conrelid::regclass::text ~ '^(credits|rating|notifications)_'
                  ORDER BY contype = 'u' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.place, found.conname);
    END LOOP;
    FOR found IN SELECT indexrelid::regclass AS name FROM pg_index
                  WHERE indisunique AND NOT indisprimary
                    AND indrelid::regclass::text ~ '^(credits|rating|notifications)_' LOOP
        EXECUTE format('DROP INDEX %s', found.name);
    END LOOP;
    ALTER TABLE credits_journal DISABLE TRIGGER USER;
    ALTER TABLE credits_entry DISABLE TRIGGER USER;
END $$"""

Seen = dict[str, set[str]]


@pytest.fixture(scope="module")
def ids(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, int]]:
    """The history, written once for all tests here in a database that then takes anything; gone at the end."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), undone():
        written = history.write(fakes.install(patch), tmp_path_factory.mktemp("usage"))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(_DISARM)
        yield written


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    """What each corruption was found by; printed at the end."""
    found: Seen = {}
    yield found
    if len(found) == len(CORRUPTIONS):
        print("\n" + "\n".join(_matrix(found)))


def _matrix(found: Seen) -> Iterator[str]:
    order = sorted(CHECKS)
    for letter in range(3):
        yield " " * 5 + " ".join(name[letter] for name in order)
    for corruption in sorted(CORRUPTIONS, key=lambda one: one.found_by[0]):
        marks = " ".join("x" if check in found[corruption.words] else "." for check in order)
        yield f"{corruption.found_by[0]}  {marks}   {corruption.words}"


def violated(account: int | None) -> set[str]:
    """The checks, P06 included, that do not hold of that account, or of any."""
    found = ledger_check.everything(account, now=history.NOW)
    found.integrity.update(ledger_check.provider(account, now=history.NOW))
    return {*found.broken, *found.ailing}


@contextmanager
def corrupted(corruption: Corruption, ids: dict[str, int]) -> Iterator[None]:
    with undone(), connection.cursor() as cursor:
        cursor.execute(corruption.sql, {**ids, "now": history.NOW})
        assert cursor.rowcount > 0, "the corruption has changed nothing"
        yield


def test_a_rich_history_violates_nothing(ids: dict[str, int]) -> None:
    assert violated(None) == set()
    assert violated(ids["account"]) == set()


@by_corruption
def test_a_corruption_is_found_by_the_checks_that_are_named(
    corruption: Corruption, ids: dict[str, int], seen: Seen
) -> None:
    with corrupted(corruption, ids):
        seen[corruption.words] = violated(None)

    assert seen[corruption.words] == set(corruption.found_by)


@by_corruption
def test_a_corruption_is_found_where_it_is_and_nowhere_else(corruption: Corruption, ids: dict[str, int]) -> None:
    with corrupted(corruption, ids):
        found = {name: violated(ids[name]) for name in ("account", "other_account")}

    expected = [corruption.whose] if corruption.whose else []
    assert [name for name in found if corruption.found_by[0] in found[name]] == expected


@pytest.mark.parametrize("change", HARMLESS, ids=lambda one: one.words)
def test_what_is_allowed_is_not_found(change: Corruption, ids: dict[str, int]) -> None:
    with corrupted(change, ids):
        assert violated(None) == set()


def test_every_check_has_its_corruption() -> None:
    assert {corruption.found_by[0] for corruption in CORRUPTIONS} == set(CHECKS)
