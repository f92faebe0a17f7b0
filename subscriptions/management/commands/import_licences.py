"""`manage.py import_licences FILE --organization SLUG`: who holds which plans, from a CSV file."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from subscriptions import licence_files, licences
from subscriptions.licence_files import Person, Refused
from subscriptions.models import Organization, Plan


class Command(BaseCommand):
    """Adds to what is there and takes nothing away; the same file again changes nothing."""

    help = "Import subscribers and their licences. Columns: " + ", ".join(licence_files.COLUMNS)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the day from which new licences are held; left out, since before any record",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"no organization is called {options['organization']}")
        people, refusals = _read(options["file"])
        for refused in refusals:
            self.stderr.write(f"line {refused.line}, {refused.column or 'whole line'}: {refused.reason}")
        done = licences.import_people(organization, people, since=options["since"], actor=None, now=timezone.now())
        self.stdout.write(
            f"{len(people) + len(refusals)} subscribers: {done.new} new, {done.changed} changed, "
            f"{done.unchanged} unchanged, {len(refusals)} refused"
        )


def _read(path: Path) -> tuple[list[Person], list[Refused]]:
    codes = frozenset(Plan.objects.values_list("code", flat=True))
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found = list(licence_files.read(lines, known=codes))
    except (OSError, licence_files.NotALicenceFile) as error:
        raise CommandError(f"{path}: {error}") from error
    return [each for each in found if isinstance(each, Person)], [each for each in found if isinstance(each, Refused)]
