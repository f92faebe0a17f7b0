"""manage.py migrate: Django's own, as the owner of the database; then the program's role gets its rights."""

from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate

from config.management.as_owner import AsOwner


class Command(AsOwner, migrate.Command):
    """As Django's."""

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            call_command("grant_program_role", verbosity=options["verbosity"], stdout=self.stdout)
