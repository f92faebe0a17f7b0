"""An empty database for the next fault, as after the migrations."""

from django.core.management import call_command
from django.db import connection

from credits import tax
from subscriptions import catalogue


def empty() -> None:
    """Every table empty but those that migrations fill."""
    connection.close()
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    catalogue.seed()
    tax.seed()
