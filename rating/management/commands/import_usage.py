"""`manage.py import_usage FILE... --organization SLUG`: calls from PSTN usage exports or pages of Graph's call log."""

import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone
from tqdm import tqdm

from rating import backfill, intake
from rating.intake import graph
from rating.models import QuarantinedRow, UsageFile
from rating.sheets import Refused
from subscriptions.doorbell import ring
from subscriptions.models import Organization

#: So many quarantined rows are printed; the quarantine keeps all of them.
_SHOWN: Final = 1000


class Command(BaseCommand):
    """Takes every sound row once; the same file again changes nothing. Bad rows go to the quarantine.

    The calls of a large file are charged as they are written, in steps; those of another wait for the sweep.
    """

    help = (
        "Import PSTN usage exports (CSV) or pages of Graph's call log (JSON), one after the other. "
        "A line for each: N rows: A new, B already there, C quarantined."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="file")
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument(
            "--alone",
            action="store_true",
            help="a large file goes in longer steps: quicker, while whoever else debits the organization waits longer",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"no organization is called {options['organization']}")
        for path in options["files"]:
            try:
                self._import(path, organization, alone=options["alone"], now=timezone.now())
            except (Refused, OSError) as error:
                raise CommandError(f"{path}: {error}") from error
            except OperationalError as error:
                raise CommandError(
                    f"another import of {organization} may be running: {error}."
                    " Start it again, it takes what is missing."
                ) from error
        if (last := options["files"][-1]) and graph.is_page(last) and graph.Page(last).next_link:
            self.stderr.write(f"{last} is not the last page: it names another one by {graph.NEXT}")

    def _import(self, path: Path, organization: Organization, *, alone: bool, now: datetime) -> None:
        large = backfill.is_large(path) and not graph.is_page(path)
        file = self._take(path, organization, large=large, alone=alone, now=now)
        ring("rating.rate_due")
        if large:
            ring("credits.charge_due", "notifications.deliver_due")
        if file.quarantined > _SHOWN:
            self.stderr.write(f"... and {file.quarantined - _SHOWN} more quarantined rows")
        self.stdout.write(
            f"{file.rows} rows: {file.new} new, {file.repeated} already there, {file.quarantined} quarantined"
        )

    def _take(self, path: Path, organization: Organization, *, large: bool, alone: bool, now: datetime) -> UsageFile:
        shown = 0

        def show(row: QuarantinedRow) -> None:
            nonlocal shown
            shown += 1
            if shown <= _SHOWN:
                self.stderr.write(f"line {row.line}, {row.column}, '{row.given}': {row.reason}")

        with tqdm(unit=" rows", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
            if not large:
                return intake.take_file(path, organization, now=now, on_quarantine=show, on_progress=bar.update)
            pace = backfill.ALONE if alone else backfill.BESIDE_OTHERS
            return backfill.take_file(
                path, organization, now=now, pace=pace, on_quarantine=show, on_progress=bar.update
            )
