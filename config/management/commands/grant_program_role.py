"""manage.py grant_program_role: give the program's database role what it needs, and no more."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import roles


class Command(BaseCommand):
    """Idempotent, and `migrate` ends with it; by hand only after a role was made anew. Does nothing with one role."""

    help = "Give the role of DATABASE_URL its rights, as the role of DATABASE_OWNER_URL."

    def handle(self, **options: Any) -> None:
        program = settings.DATABASE_PROGRAM["USER"]
        try:
            with roles.connected_as(settings.DATABASE_OWNER):
                roles.grant()
        except roles.NoSuchRole as error:
            raise CommandError(
                f"There is no database role '{program}', which DATABASE_URL names. Make it first: "
                "CREATE ROLE ... LOGIN PASSWORD '...'; the README has all of it."
            ) from error
        if options["verbosity"] > 0 and not roles.are_one():
            self.stdout.write(f"The program's database role '{program}' has its rights.")
