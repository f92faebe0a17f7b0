from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """The roof."""

    name = "config"
    verbose_name = _("Running it")

    def ready(self) -> None:
        # Makes our Celery app the current one, so that a ring from a page finds its broker and its queues.
        import_module("config.celery")
        import_module("config.checks")
