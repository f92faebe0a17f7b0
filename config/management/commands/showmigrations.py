"""manage.py showmigrations: Django's own, as the owner of the database."""

from django.core.management.commands import showmigrations

from config.management.as_owner import AsOwner


class Command(AsOwner, showmigrations.Command):
    """As Django's."""
