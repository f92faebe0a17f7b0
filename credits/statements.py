"""The few statements that every debit runs, prepared once a connection: the server need not plan them each time.

Arguments travel as texts and take their types from the statement, so that one text is one plan whatever the values.
Behind a pooler that shares connections between transactions, it has to know of prepared statements (docs/scaling.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection

Argument = str | int | datetime | None


class _Prepared(psycopg.Cursor[Any]):
    """A cursor of the driver that binds on the server and prepares what it runs."""

    prepare = True

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_Prepared":
        return super().execute(query, params, **{**options, "prepare": self.prepare})


class _Planned(_Prepared):
    """The same, planned each time."""

    prepare = False


@dataclass(slots=True)
class Question:
    """A statement with its arguments, to be sent beside others; `found` is all that it answered, once it was asked."""

    statement: str
    arguments: Sequence[Argument]
    found: list[tuple[Any, ...]] = field(default_factory=list)


def ask(*questions: Question) -> None:
    """Send them in one trip to the server, which runs them in their order, each on what those before it have done.

    The BEGIN of a transaction that is about to start goes with them. After an error none behind it is run, and the
    error is raised as Django's.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        with connection.connection.pipeline():
            cursors = [_sent(question) for question in questions]
        for question, cursor in zip(questions, cursors, strict=True):
            with cursor:
                question.found = cursor.fetchall() if cursor.description else []


def _sent(question: Question) -> Any:
    cursor = _cursor(_Prepared)
    cursor.execute(question.statement, [_text(argument) for argument in question.arguments])
    return cursor


def rows(statement: str, arguments: Sequence[Argument]) -> list[tuple[Any, ...]]:
    """Run it; all that it answers. Errors are Django's, and Django's log of queries knows of it.

    Rows that it adds have no order of their own: the server may choose another plan for a statement that it knows.
    """
    return _run(_Prepared, statement, arguments)


def rows_of_many(statement: str, arguments: Sequence[Argument]) -> list[tuple[Any, ...]]:
    """The same, planned for the number of rows that its arrays name: one row and ten thousand want different plans."""
    return _run(_Planned, statement, arguments)


def _run(kind: type[_Prepared], statement: str, arguments: Sequence[Argument]) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    with _cursor(kind) as cursor:
        cursor.execute(statement, [_text(argument) for argument in arguments])
        return cursor.fetchall() if cursor.description else []


def _cursor(kind: type[_Prepared]) -> Any:
    # Of a statement that it has prepared the driver keeps no text, which is what the log wants.
    wrapped = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    bound: Any = (_Planned if connection.queries_logged else kind)(connection.connection)
    return wrapped(bound)


def row(statement: str, arguments: Sequence[Argument]) -> tuple[Any, ...] | None:
    """The first row of the answer, or None."""
    found = rows(statement, arguments)
    return found[0] if found else None


def _text(argument: Argument) -> str | None:
    """As PostgreSQL reads it."""
    if isinstance(argument, datetime):
        return argument.isoformat()
    return None if argument is None else str(argument)
