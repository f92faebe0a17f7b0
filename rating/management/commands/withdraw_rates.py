"""`manage.py withdraw_rates ID`: take back a deck that has priced nothing."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from rating import decks
from rating.models import RateDeck
from rating.sheets import Refused


class Command(BaseCommand):
    """The deck stays, to be read, and prices nothing from now on."""

    help = "Withdraw a published rate deck that has priced no call. One that has can only be replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deck", type=int, help="the deck's id")

    def handle(self, *args: Any, **options: Any) -> None:
        deck = RateDeck.objects.filter(pk=options["deck"]).first()
        if deck is None:
            raise CommandError(f"there is no deck {options['deck']}")
        try:
            decks.withdraw(deck, actor=None, now=timezone.now())
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{deck} is withdrawn")
