from importlib import import_module

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The roof."""

    name = "config"

    def ready(self) -> None:
        # Makes our Celery app the current one, so that a ring from a page finds its broker and its queues.
        import_module("config.celery")
