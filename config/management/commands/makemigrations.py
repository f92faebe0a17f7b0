"""manage.py makemigrations: Django's own, as the owner of the database."""

from django.core.management.commands import makemigrations

from config.management.as_owner import AsOwner


class Command(AsOwner, makemigrations.Command):
    """As Django's."""
