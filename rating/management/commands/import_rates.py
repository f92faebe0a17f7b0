"""`manage.py import_rates FILE --service SERVICE`: publish a rate deck, or show what it would change."""

import re
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from rating import charging, decks
from rating.decks import Publication, Ruined, telling
from rating.models import RateDeck
from rating.sheets import Refused
from subscriptions.doorbell import ring

#: So many ruined lines are printed.
_SHOWN: Final = 1000
_DAY: Final = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


class Command(BaseCommand):
    """All lines or none; the same rows again are the same deck. A published deck never changes."""

    help = (
        f"Publish a rate deck. Columns: {', '.join(decks.COLUMNS)}; it may have {', '.join(decks.OPTIONAL)}."
        " A file with lines that can't be published is refused whole, and the lines are named: mend or remove them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--service", required=True, choices=RateDeck.Service.values)
        parser.add_argument("--currency", default="USD", metavar="ISO", help="default: USD")
        parser.add_argument(
            "--effective",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the first day on which calls are priced by it; default: the date in the file's name",
        )
        parser.add_argument("--name", default="", help="default: the file's name without its ending")
        parser.add_argument("--sample", action="store_true", help="mark the prices as samples")
        parser.add_argument("--zone", default="UTC", help="the time zone of its windows; default: UTC")
        parser.add_argument("--replaces", type=int, metavar="ID", help="the deck of that day which these rows correct")
        parser.add_argument("--dry-run", action="store_true", help="only show what would change; nothing is written")
        parser.add_argument("--json", action="store_true", help="with --dry-run: every change, as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        publication = Publication(
            service=options["service"],
            currency=options["currency"],
            effective_on=options["effective"] or _day_of(path),
            name=(options["name"] or path.stem)[:100],
            sample=options["sample"],
            zone=options["zone"],
        )
        try:
            if options["dry_run"]:
                tell = telling.as_json if options["json"] else telling.as_text
                self.stdout.write(tell(decks.dry_run(path, publication)))
            else:
                self._publish(path, publication, replaces=_deck(options["replaces"]))
        except Ruined as ruined:
            for problem in ruined.problems[:_SHOWN]:
                self.stderr.write(str(problem))
            raise CommandError(f"{path}: nothing was published, {len(ruined.problems)} lines are not sound") from ruined
        except (Refused, OSError) as error:
            raise CommandError(f"{path}: {error}") from error

    def _publish(self, path: Path, publication: Publication, *, replaces: RateDeck | None) -> None:
        now = timezone.now()
        with transaction.atomic():
            deck, is_new = decks.publish(path, publication, now=now, replaces=replaces)
            if is_new:
                charging.try_again(now=now)
        ring("rating.rate_due")
        state = "published" if is_new else "already there"
        self.stdout.write(f"{deck.name}: {deck.rates.count()} rates from {deck.effective_on}, {state}")


def _deck(pk: int | None) -> RateDeck | None:
    if pk is None:
        return None
    try:
        return RateDeck.objects.get(pk=pk)
    except RateDeck.DoesNotExist:
        raise CommandError(f"there is no deck {pk}") from None


def _day_of(path: Path) -> date:
    days = _DAY.findall(path.stem)
    try:
        return date.fromisoformat(days[-1])
    except (IndexError, ValueError):
        raise CommandError(f"no date in the name '{path.name}'; give the first day with --effective") from None
