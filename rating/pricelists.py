"""Which rate a call has: the deck in force on its day, and in it the row of the number."""

from datetime import date
from enum import Enum, auto
from functools import cached_property

from credits.models import Account
from rating import decks, numbers
from rating.calls import Kind
from rating.decks import Priced, Shelf
from rating.models import RateDeck

Service = RateDeck.Service


class NoDeck(Exception):
    """No deck of the service is published for that day: a finished call waits, a new one has no rate."""


class _Absent(Enum):
    """Stands for "there is no deck for that day" where None says that a deck has no rate."""

    DECK = auto()


class PriceLists:
    """The rates of an account's currency, as the calls of a batch ask for them. One query, and those of the decks.

    What it has found out about a number it remembers, since calls of a batch are much alike.
    """

    def __init__(self, account: Account, shelf: Shelf | None = None) -> None:
        self._shelf = shelf or Shelf(account.currency)
        self._account = account
        self._found: dict[tuple[Kind, date, str], Priced | _Absent | None] = {}

    def rate(self, kind: Kind, day: date, number: str) -> Priced | None:
        """The rate of a call of that kind to that number on that UTC day; None when the deck has none. Raises NoDeck.

        Of inbound toll-free calls it is the number called, which is the organization's own.
        """
        asked = kind, day, number
        if asked not in self._found:
            self._found[asked] = self._look_up(kind, day, number)
        found = self._found[asked]
        if found is _Absent.DECK:
            raise NoDeck
        return found

    @cached_property
    def _service_countries(self) -> dict[str, str]:
        """Read when the first call comes in."""
        return dict(self._account.organization.service_numbers.values_list("number", "country"))

    def _deck(self, kind: Kind, day: date) -> int | None:
        """Conference dial-out uses the outbound deck until one of its own is published."""
        if kind is Kind.INBOUND_TOLL_FREE:
            return self._shelf.in_force(Service.INBOUND_TOLL_FREE, on=day)
        own = self._shelf.in_force(Service.CONFERENCE, on=day) if kind is Kind.CONFERENCE else None
        return own or self._shelf.in_force(Service.OUTBOUND, on=day)

    def _look_up(self, kind: Kind, day: date, number: str) -> Priced | _Absent | None:
        deck_id = self._deck(kind, day)
        if deck_id is None:
            return _Absent.DECK
        if kind is Kind.INBOUND_TOLL_FREE:
            country = self._service_countries.get(number) or numbers.country_of(number)
            return decks.by_country(deck_id).get(country)
        digits = numbers.digits_of(number)
        return decks.by_prefix(deck_id).longest(digits) if digits else None
