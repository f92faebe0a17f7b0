"""The rates of a published deck as they are asked for: by prefix or by country, kept in the process."""

from array import array
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import F, Func, TextField

from rating.decks import terms
from rating.decks.terms import Terms
from rating.models import Rate, RateDeck
from rating.prefixes import PrefixTable
from rating.pricing import Tariff, Timetable, Window, parse_window

_BATCH: Final = 5000
#: So many decks are kept by a process; one of 341,654 prefixes takes 59 MB.
_KEPT: Final = 16
#: What makes a price, as one text: rates that agree in it share one tariff.
_PRICE: Final = Func(
    *(F(name) for name in terms.TERMS if name != "window"),
    template="ROW(%(expressions)s)::text",
    output_field=TextField(),
)


@dataclass(frozen=True, slots=True)
class Priced:
    """What a rate says, without the row: its id, the country it is for, its tariff; amounts in the deck's currency.

    With a Timetable there are several rates, `rates` names that of each window; id and amounts are the first one's.
    """

    rate_id: int
    country: str
    tariff: Tariff | Timetable
    rates: tuple[tuple[Window, int], ...] = ()
    per_minute: Decimal = Decimal(0)
    connection_fee: Decimal = Decimal(0)

    def rate_at(self, at: datetime) -> int:
        """The id of the rate in force at that aware instant."""
        if isinstance(self.tariff, Tariff):
            return self.rate_id
        window, _ = self.tariff.in_force(at)
        return next(rate_id for of, rate_id in self.rates if of == window)


def terms_of(rate: Rate) -> Terms:
    """What the row says of its price, as its file said it."""
    return Terms(*(getattr(rate, name) for name in terms.TERMS))


def tariff_of(rate: Rate) -> Tariff:
    """What calls cost by this row alone, whatever its window."""
    return terms_of(rate).tariff


class _Rates:
    """The rates of a deck by their keys, small: for each an id, and one of the few things that rates say."""

    def __init__(self, deck_id: int, key: str) -> None:
        self.keys: list[str] = []
        #: Where the rates of each key begin.
        self._begins, self._ids, self._said = array("i"), array("q"), array("i")
        self._countries: list[str] = []
        self._zone = ZoneInfo(RateDeck.objects.values_list("zone", flat=True).get(pk=deck_id))
        places: dict[tuple[str, str, str], int] = {}
        examples: list[int] = []
        rates = Rate.objects.filter(deck_id=deck_id).order_by(key, "pk").annotate(price=_PRICE)
        last = None
        for found, rate_id, *said in rates.values_list(key, "pk", "country", "window", "price").iterator(_BATCH):
            if found != last:
                self.keys.append(found)
                self._begins.append(len(self._ids))
                last = found
            place = places.setdefault((said[0], said[1], said[2]), len(places))
            if place == len(examples):
                examples.append(rate_id)
                self._countries.append(said[0])
            self._ids.append(rate_id)
            self._said.append(place)
        self._begins.append(len(self._ids))
        self._terms = _terms(examples)

    def priced(self, place: int) -> Priced:
        """What the key at that place of the keys stands for."""
        rates = range(self._begins[place], self._begins[place + 1])
        found = [(self._ids[each], self._terms[self._said[each]]) for each in rates]
        rate_id, first = found[0]
        tariff: Tariff | Timetable = first.tariff
        windows: tuple[tuple[Window, int], ...] = ()
        if first.window:
            spans = [(window, said.tariff, of) for of, said in found for window in parse_window(said.window)]
            tariff = Timetable(self._zone, tuple((window, own) for window, own, _ in spans))
            windows = tuple((window, of) for window, _, of in spans)
        country = self._countries[self._said[rates[0]]]
        return Priced(rate_id, country, tariff, windows, first.per_minute, first.connection_fee)


def _terms(rate_ids: list[int]) -> list[Terms]:
    """The terms of these rates; what says the same is the same."""
    rates = Rate.objects.in_bulk(rate_ids)
    known: dict[Terms, Terms] = {}
    return [known.setdefault(said, said) for said in (terms_of(rates[rate_id]) for rate_id in rate_ids)]


@lru_cache(maxsize=_KEPT)
def by_prefix(deck_id: int) -> PrefixTable[Priced]:
    """The rates of a published deck by prefix. Kept in the process: published decks never change.

    A deck that is withdrawn stays here, and nobody asks for it.
    """
    rates = _Rates(deck_id, "prefix")
    return PrefixTable.made_late(rates.keys, rates.priced)


@lru_cache(maxsize=_KEPT)
def by_country(deck_id: int) -> dict[str, Priced]:
    """The rates of a published inbound deck by the country of the number called. Kept in the process."""
    rates = _Rates(deck_id, "country")
    return {country: rates.priced(place) for place, country in enumerate(rates.keys)}
