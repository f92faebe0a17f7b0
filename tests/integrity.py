"""After every test that booked anything, every integrity check holds; `books_are_right` is for a folder's conftest.

A module that breaks the books on purpose defines a fixture of the same name that does nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from config import ledger_check
from credits.models import Journal


def violations(now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The integrity checks that do not hold, with their rows."""
    return {name: rows for name, rows in ledger_check.integrity(None, now=now).items() if rows}


@pytest.fixture(autouse=True)
def books_are_right(request: pytest.FixtureRequest, now: datetime) -> Iterator[None]:
    uses_database = request.node.get_closest_marker("django_db") is not None
    if not uses_database and not {"db", "transactional_db", "live_server"}.intersection(request.fixturenames):
        yield
        return
    request.getfixturevalue("db")  # so that this ends before the database is emptied
    yield
    if not connection.needs_rollback and Journal.objects.exists():
        assert violations(now) == {}
