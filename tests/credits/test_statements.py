"""What every debit asks is planned once a connection; what names thousands of rows is planned for them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits import accounts, statements
from tests import factories
from tests.credits.desk import Desk

pytestmark = pytest.mark.django_db
NOW = factories.NOW


def planned() -> dict[str, int]:
    """The statements that this connection has prepared, and how often each ran by the plan that serves any values."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans FROM pg_prepared_statements")
        return dict(cursor.fetchall())


def test_a_statement_that_is_asked_again_is_known() -> None:
    for number in range(3):
        assert statements.rows("SELECT %s::int + 1 AS known", [number]) == [(number + 1,)]

    assert "SELECT $1::int + 1 AS known" in planned()


def test_one_that_names_many_rows_is_planned_each_time() -> None:
    for _ in range(9):
        assert statements.rows_of_many("SELECT count(*) AS many FROM unnest(%s::bigint[])", ["{1,2}"]) == [(2,)]

    assert not any("AS many" in text for text in planned())


def test_under_the_lock_nothing_is_planned_twice() -> None:
    desk = Desk(factories.fabrikam())
    desk.promote(5, now=NOW)

    desk.spend(1, now=NOW, key="one")
    before = planned()
    desk.spend(1, now=NOW, key="two")

    ran_again = {text for text, times in planned().items() if times > before.get(text, 0)}
    assert any("INSERT INTO credits_journal" in text for text in ran_again)
    assert any("UPDATE credits_account" in text for text in ran_again)


def test_the_log_of_queries_has_the_text() -> None:
    desk = Desk(factories.fabrikam())

    with CaptureQueriesContext(connection) as asked, accounts.changing(desk.account.pk, now=NOW):
        pass

    assert any("FOR UPDATE" in one["sql"] for one in asked)
