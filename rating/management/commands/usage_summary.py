"""`manage.py usage_summary --organization SLUG`: what the usage came to, as one JSON object."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rating import reports
from subscriptions.models import Organization


class Command(BaseCommand):
    """Prints one line; amounts are strings with four decimal places."""

    help = "Print one JSON object: rows, states, split, flagged_unlicensed, total, by_call_type."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--file", default="", metavar="NAME", help="only what came in files of that name")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"no organization is called {options['organization']}")
        self.stdout.write(json.dumps(reports.usage_summary(organization, file_name=options["file"])))
