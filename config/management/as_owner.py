"""What a management command inherits from that changes the tables or reads how far they are."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config import roles


class AsOwner(BaseCommand):
    """Runs as the owner of the database; the program may not, and has no rights at all before the first `migrate`."""

    def handle(self, *args: Any, **options: Any) -> None:
        with roles.connected_as(settings.DATABASE_OWNER):
            super().handle(*args, **options)
