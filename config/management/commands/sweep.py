"""manage.py sweep: everything due now, in the timetable's order, until nothing is due."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.celery import TIMETABLE, app


class Command(BaseCommand):
    """For cron users and scripts: the same sweeps that the worker runs, in this process, one after another."""

    help = "Run every sweep of the timetable until nothing is due."
    #: A sweep that always finds work is a fault, not a reason to run for ever.
    rounds = 10_000

    def handle(self, **options: Any) -> None:
        app.loader.import_default_modules()
        sweeps = [beat.task for beat in TIMETABLE if beat.is_sweep]
        total = 0
        for _ in range(self.rounds):
            moved = {name: int(app.tasks[name].run()) for name in sweeps}
            total += sum(moved.values())
            if not any(moved.values()):
                self.stdout.write(f"Nothing is due. {total} rows moved.")
                return
            self.stdout.write(", ".join(f"{name} {count}" for name, count in moved.items() if count))
        raise CommandError(f"Still work after {self.rounds} rounds: a sweep does not move what it finds.")
