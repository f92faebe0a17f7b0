"""`manage.py import_rates FILE --service SERVICE`: publish a rate deck."""

import re
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from rating import charging, decks
from rating.decks import Publication, Ruined
from rating.models import RateDeck
from rating.sheets import Refused
from subscriptions.doorbell import ring

#: So many ruined lines are printed.
_SHOWN: Final = 1000
_DAY: Final = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


class Command(BaseCommand):
    """All lines or none; the same file again is the same deck. A published deck never changes."""

    help = "Publish a rate deck. Columns: " + ", ".join(decks.COLUMNS)

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

    def handle(self, *args: Any, **options: Any) -> None:
        path, now = options["file"], timezone.now()
        publication = Publication(
            service=options["service"],
            currency=_currency(options["currency"]),
            effective_on=options["effective"] or _day_of(path),
            name=(options["name"] or path.stem)[:100],
            sample=options["sample"],
        )
        try:
            with transaction.atomic():
                deck, is_new = decks.publish(path, publication, now=now)
                if is_new:
                    charging.try_again(now=now)
        except Ruined as ruined:
            for problem in ruined.problems[:_SHOWN]:
                self.stderr.write(str(problem))
            raise CommandError(f"{path}: nothing was published, {len(ruined.problems)} lines are not sound") from ruined
        except (Refused, OSError) as error:
            raise CommandError(f"{path}: {error}") from error
        ring("rating.rate_due")
        state = "published" if is_new else "already there"
        self.stdout.write(f"{deck.name}: {deck.rates.count()} rates from {deck.effective_on}, {state}")


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise CommandError(f"'{text}' is not a currency; expected three capital letters like USD")
    return text


def _day_of(path: Path) -> date:
    days = _DAY.findall(path.stem)
    try:
        return date.fromisoformat(days[-1])
    except (IndexError, ValueError):
        raise CommandError(f"no date in the name '{path.name}'; give the first day with --effective") from None
