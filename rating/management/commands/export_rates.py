"""`manage.py export_rates ID`: write a deck as the file that imports as this deck."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rating import decks
from rating.models import RateDeck


class Command(BaseCommand):
    """To the standard output, or to a file."""

    help = "Write a rate deck in the format that import_rates reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deck", type=int, help="the deck's id")
        parser.add_argument("--to", type=Path, metavar="FILE", help="default: the standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        deck = RateDeck.objects.filter(pk=options["deck"]).first()
        if deck is None:
            raise CommandError(f"there is no deck {options['deck']}")
        if options["to"] is None:
            self.stdout.writelines(decks.export(deck))
            return
        try:
            with options["to"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(decks.export(deck))
        except OSError as error:
            raise CommandError(f"{options['to']}: {error}") from error
