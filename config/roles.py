"""The two roles of the database: its owner, who migrates, and the program, which may not empty or rewrite the ledger.

Which is which, the two addresses say: settings.DATABASE_OWNER and settings.DATABASE_PROGRAM. Where they name one role
everything works as well, but nothing of this is refused; config/checks.py warns of that.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from credits.models import Entry, Journal

#: What the program may only read and add to.
LEDGER: Final = (Journal._meta.db_table, Entry._meta.db_table)
_NO_ADDRESS: Final[dict[str, Any]] = {"USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "OPTIONS": {}}
#: The first half and the second of the advisory lock under which rights are given: two at once fail in the catalogue.
_LOCK: Final = (0x05A6E, 0)

#: All or nothing, and the same however often: taken away first, then given. TRUNCATE is not among what is given.
_GRANT: Final = (
    "GRANT USAGE ON SCHEMA {schema} TO {program}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {program}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {program}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {program}",
    # Tables that the owner makes later; what functions need, everybody has.
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {program}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {program}",
)
_ONLY_ADD: Final = "REVOKE UPDATE, DELETE ON {table} FROM {program}"
_TOO_MUCH: Final = """
    SELECT format('%%s on %%s', privilege, place.relname)
      FROM pg_roles AS role,
           pg_class AS place,
           unnest(ARRAY['TRUNCATE', 'UPDATE', 'DELETE']) AS privilege
     WHERE role.rolname = %(program)s AND place.relkind IN ('r', 'p')
       AND place.relnamespace = current_schema()::regnamespace
       AND (privilege = 'TRUNCATE' OR place.relname = ANY(%(ledger)s))
       AND has_table_privilege(role.oid, place.oid, privilege)
    UNION ALL
    SELECT 'CREATE in schema ' || current_schema()
      FROM pg_roles AS role
     WHERE role.rolname = %(program)s AND has_schema_privilege(role.oid, current_schema(), 'CREATE')
     ORDER BY 1"""


class NoSuchRole(Exception):
    """The program's address names no role of the database's server, or none at all."""


def are_one() -> bool:
    """If the program runs as the owner of its tables, because only one address is set or both name one role."""
    return bool(settings.DATABASE_OWNER["USER"] == settings.DATABASE_PROGRAM["USER"])


@contextmanager
def connected_as(address: Mapping[str, Any]) -> Iterator[None]:
    """The default connection is made with this address during the block; the database's name stays what it was.

    Not inside a transaction. Nothing is closed when it is made so already.
    """
    used = connection.settings_dict
    before, wanted = ({part: of.get(part) or none for part, none in _NO_ADDRESS.items()} for of in (used, address))
    if wanted == before:
        yield
        return
    connection.close()
    used.update(wanted)
    try:
        yield
    finally:
        connection.close()
        used.update(before)


def grant() -> None:
    """Give the program's role what it needs of the tables there are and will be, and no more. All or nothing.

    To be asked as the owner; does nothing where both are one role. Raises NoSuchRole.
    """
    if are_one():
        return
    program = settings.DATABASE_PROGRAM["USER"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
        cursor.execute("SELECT current_schema(), EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [program])
        schema, is_there = cursor.fetchone()
        if not is_there:
            raise NoSuchRole(program)
        names = {"program": sql.Identifier(program), "schema": sql.Identifier(schema)}
        for statement in _GRANT:
            cursor.execute(sql.SQL(statement).format(**names))
        there = connection.introspection.table_names(cursor)
        for table in set(LEDGER).intersection(there):
            cursor.execute(sql.SQL(_ONLY_ADD).format(table=sql.Identifier(table), **names))


def too_much() -> list[str]:
    """What the program's role may do and should not, as `TRUNCATE on credits_entry`; sorted, empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_TOO_MUCH, {"program": settings.DATABASE_PROGRAM["USER"], "ledger": list(LEDGER)})
        return [what for (what,) in cursor.fetchall()]
