"""Rate decks: publish one from a file, find the one in force, and the rate of a number in it."""

from bisect import bisect_right
from datetime import date
from operator import itemgetter
from pathlib import Path

from rating.decks import comparing
from rating.decks.comparing import Comparison, compare
from rating.decks.files import Ruined
from rating.decks.files import write as export
from rating.decks.publishing import (
    DayTaken,
    HasPricedCalls,
    NotPublished,
    NotReplaceable,
    Publication,
    discard,
    draft,
    has_priced_calls,
    issue,
    publish,
    refuse_unknown,
    withdraw,
)
from rating.decks.tables import Priced, by_country, by_prefix, tariff_of
from rating.decks.terms import COLUMNS, OPTIONAL
from rating.models import RateDeck

__all__ = [
    "COLUMNS",
    "OPTIONAL",
    "Comparison",
    "DayTaken",
    "HasPricedCalls",
    "NotPublished",
    "NotReplaceable",
    "Priced",
    "Publication",
    "Ruined",
    "Shelf",
    "before",
    "by_country",
    "by_prefix",
    "compare",
    "discard",
    "draft",
    "dry_run",
    "export",
    "has_priced_calls",
    "issue",
    "publish",
    "refuse_unknown",
    "tariff_of",
    "withdraw",
]


def before(of: Publication | RateDeck) -> RateDeck | None:
    """The deck that this one comes after, or takes the place of: in force on its first day as things are."""
    return RateDeck.objects.in_force(service=of.service, currency=of.currency, on=of.effective_on).first()


def dry_run(path: Path, publication: Publication) -> Comparison:
    """What publishing the file would change. Writes nothing. Raises Refused, Ruined or OSError."""
    return comparing.dry_run(path, publication.service, publication.zone, before(publication))


class Shelf:
    """All decks of one currency that stand, to be asked for the one in force on a day. One query."""

    def __init__(self, currency: str) -> None:
        decks = RateDeck.objects.standing().filter(currency=currency).order_by("effective_on")
        self._decks: dict[str, list[tuple[date, int]]] = {}
        for service, day, deck_id in decks.values_list("service", "effective_on", "id"):
            self._decks.setdefault(service, []).append((day, deck_id))

    def in_force(self, service: str, *, on: date) -> int | None:
        """The id of the newest deck of that service that has begun by that day; None when there is none."""
        decks = self._decks.get(service, [])
        place = bisect_right(decks, on, key=itemgetter(0))
        return decks[place - 1][1] if place else None
