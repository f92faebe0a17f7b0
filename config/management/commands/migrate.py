"""manage.py migrate: Django's own, as the owner of the database; then the program's role gets its rights."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import migrate

from config import roles


class Command(migrate.Command):
    """As Django's."""

    def handle(self, *args: Any, **options: Any) -> None:
        with roles.connected_as(settings.DATABASE_OWNER):
            super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            call_command("grant_program_role", verbosity=options["verbosity"], stdout=self.stdout)
