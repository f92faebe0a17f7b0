"""manage.py createcachetable: Django's own, as the owner of the database."""

from django.core.management.commands import createcachetable

from config.management.as_owner import AsOwner


class Command(AsOwner, createcachetable.Command):
    """As Django's."""
