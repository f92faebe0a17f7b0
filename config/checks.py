"""What `manage.py check` says of the settings and, with --database default (as `migrate` does), of the database."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DEFAULT_DB_ALIAS

from config import roles


@checks.register
def both_addresses_name_one_database(**kwargs: Any) -> list[checks.CheckMessage]:
    """The owner migrates what the program runs on, and nothing else."""
    names = settings.DATABASE_OWNER["NAME"], settings.DATABASE_PROGRAM["NAME"]
    if names[0] == names[1]:
        return []
    sentence = "DATABASE_OWNER_URL and DATABASE_URL name two databases: '{}' and '{}'."
    return [checks.Error(sentence.format(*names), id="config.E001")]


@checks.register(checks.Tags.database)
def the_program_may_not_truncate(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warns of every right of the program's role by which the ledger could be emptied or rewritten."""
    found = roles.too_much() if DEFAULT_DB_ALIAS in (databases or ()) else []
    if not found:
        return []
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return [
        checks.Warning(
            f"The program's database role may {', '.join(found[:3])}{more}.",
            hint="Name the owner of the tables in DATABASE_OWNER_URL and another role in DATABASE_URL; then migrate.",
            id="config.W001",
        )
    ]
