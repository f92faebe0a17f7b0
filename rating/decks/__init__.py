"""Rate decks: publish one from a file, find the one in force, and the rate of a number in it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from rating import sheets
from rating.decks import rows as deck_rows
from rating.decks.rows import DeckRow, Problem
from rating.models import Rate, RateDeck
from rating.prefixes import PrefixTable
from rating.sheets import Refused

COLUMNS = deck_rows.COLUMNS
_BATCH = 5000


class Ruined(Refused):
    """Lines of the file can't be published, so none is; `problems` names each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} lines can't be published; the first: {problems[0]}")
        self.problems = problems


class DayTaken(Refused):
    """Another deck of that service and currency is published for that day; a published deck never changes."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a deck is to be: for which service and currency, from which day on, under which name."""

    service: str
    currency: str
    effective_on: date
    name: str
    sample: bool = False


def publish(path: Path, publication: Publication, *, now: datetime) -> tuple[RateDeck, bool]:
    """The published deck of the file's rows, and whether it is new: the same file twice is the same deck.

    All rows or none. Raises Refused, Ruined or DayTaken.
    """
    sha = sheets.checksum(path)
    with transaction.atomic():
        same_day = RateDeck.objects.published().filter(
            service=publication.service, currency=publication.currency, effective_on=publication.effective_on
        )
        if deck := same_day.first():
            if deck.checksum == sha:
                return deck, False
            raise DayTaken(f"'{deck}' is already published for that day; give another day with --effective.")
        return _publish(_sound_rows(path, publication.service), publication, sha=sha, now=now), True


def _sound_rows(path: Path, service: str) -> list[DeckRow]:
    with sheets.opened(path, required=deck_rows.COLUMNS) as sheet:
        sound, problems = deck_rows.read(sheet, by_country=service == RateDeck.Service.INBOUND_TOLL_FREE)
    if problems:
        raise Ruined(problems)
    return sound


def _publish(sound: list[DeckRow], publication: Publication, *, sha: str, now: datetime) -> RateDeck:
    deck = RateDeck.objects.create(
        name=publication.name,
        service=publication.service,
        currency=publication.currency,
        effective_on=publication.effective_on,
        checksum=sha,
        sample=publication.sample,
        created_at=now,
    )
    Rate.objects.bulk_create(
        (
            Rate(
                deck=deck,
                prefix=row.prefix,
                country=row.country,
                destination=row.destination,
                kind=row.kind,
                per_minute=row.per_minute,
            )
            for row in sound
        ),
        batch_size=_BATCH,
    )
    # Last of all: from here on the database lets nobody touch the deck or its rates.
    deck.published_at = now
    deck.save(update_fields=["published_at"])
    return deck


class Priced(NamedTuple):
    """What a rate says, without the row: its id, the country it is for, amounts in the deck's currency."""

    rate_id: int
    country: str
    per_minute: Decimal
    connection_fee: Decimal


def _priced(deck_id: int, *, key: str) -> dict[str, Priced]:
    rows = Rate.objects.filter(deck_id=deck_id).values_list(key, "id", "country", "per_minute", "connection_fee")
    return {row[0]: Priced(*row[1:]) for row in rows.iterator(chunk_size=_BATCH)}


@lru_cache(maxsize=16)
def by_prefix(deck_id: int) -> PrefixTable[Priced]:
    """The rates of a published deck by prefix. Kept in the process: published decks never change."""
    return PrefixTable(_priced(deck_id, key="prefix"))


@lru_cache(maxsize=16)
def by_country(deck_id: int) -> dict[str, Priced]:
    """The rates of a published inbound deck by the country of the number called. Kept in the process."""
    return _priced(deck_id, key="country")


class Shelf:
    """All published decks of one currency, to be asked for the one in force on a day. One query."""

    def __init__(self, currency: str) -> None:
        decks = RateDeck.objects.published().filter(currency=currency).order_by("effective_on")
        self._decks: dict[str, list[tuple[date, int]]] = {}
        for service, day, deck_id in decks.values_list("service", "effective_on", "id"):
            self._decks.setdefault(service, []).append((day, deck_id))

    def in_force(self, service: str, *, on: date) -> int | None:
        """The id of the newest deck of that service that has begun by that day; None when there is none."""
        decks = self._decks.get(service, [])
        place = bisect_right(decks, on, key=itemgetter(0))
        return decks[place - 1][1] if place else None
