"""manage.py load_demo: the sample organizations, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.demo import load
from subscriptions.doorbell import ring


class Command(BaseCommand):
    """Refused where real money is charged; does nothing when the demo is there."""

    help = "Load the sample organizations, once."

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not a demo installation: it charges real cards.")
        if load.is_loaded():
            return
        self.stdout.write("Loading the sample organizations ...")
        load.load(now=timezone.now())
        # The worker, once it starts, finds the ring and need not wait for beat.
        ring("rating.rate_due", "notifications.deliver_due")
