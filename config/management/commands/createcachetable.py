"""manage.py createcachetable: Django's own, as the owner of the database."""

from typing import Any

from django.conf import settings
from django.core.management.commands import createcachetable

from config import roles


class Command(createcachetable.Command):
    """As Django's."""

    def handle(self, *tables: Any, **options: Any) -> None:
        with roles.connected_as(settings.DATABASE_OWNER):
            super().handle(*tables, **options)
