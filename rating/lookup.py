"""What a call would cost: the deck in force, the rate of a number in it, and the rates that a search finds."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Q, QuerySet

from rating import decks, numbers, pricing, words
from rating.models import Rate, RateDeck
from rating.pricing import Price, Tariff, Timetable
from subscriptions.models import Organization

_SEPARATORS: Final = re.compile(r"[\s().\-/]")
_DIGITS: Final = re.compile(r"(\+|00)?([0-9]{1,15})")
#: So many digits make a number; fewer are the beginning of one.
_WHOLE: Final = 6
_KEY: Final = re.compile(r"[0-9]{1,15}|[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Answer:
    """The number as it was read, and the rate a call to it has now; without a rate the deck does not know it.

    `tariff` prices a whole call, whatever windows it lasts through.
    """

    number: str
    rate: Rate | None
    tariff: Tariff | Timetable | None = None

    def quote(self, minutes: int, *, at: datetime) -> Price | None:
        """What a call of so many minutes that is answered then costs, where no plan covers it."""
        return None if self.tariff is None else pricing.price(self.tariff, minutes * 60, at=at)


def deck_in_force(service: str, currency: str, *, on: date) -> RateDeck | None:
    """The deck that prices calls of that service on that day."""
    return RateDeck.objects.in_force(service=service, currency=currency, on=on).first()


def number_in(text: str, *, country: str) -> str:
    """The number, or the beginning of one, that somebody in that country typed: `+` and digits; else empty.

    Without `+` or `00` it is read as a national number where the country's number plan allows its length.
    """
    found = _DIGITS.fullmatch(_SEPARATORS.sub("", text))
    if found is None:
        return ""
    sign, digits = found.groups()
    if sign is None and len(digits) > _WHOLE:
        try:
            return numbers.parse(digits, country)
        except numbers.NotANumber:
            pass
    return f"+{digits}"


def country_called(number: str, *, organization: Organization) -> str:
    """The country of a toll-free number: as the organization recorded it, else by its calling code."""
    recorded = organization.service_numbers.filter(number=number).values_list("country", flat=True).first()
    return recorded or numbers.country_of(number)


def answer(deck: RateDeck, number: str, *, organization: Organization, at: datetime) -> Answer | None:
    """What a call to (inbound: at) the number that is answered then costs; None when it is too short to say."""
    digits = numbers.digits_of(number)
    if _by_country(deck):
        priced = decks.by_country(deck.pk).get(country_called(number, organization=organization))
    else:
        priced = decks.by_prefix(deck.pk).longest(digits)
    if priced is not None:
        return Answer(number, Rate.objects.get(pk=priced.rate_at(at)), priced.tariff)
    return Answer(number, None) if len(digits) >= _WHOLE else None


def rates(deck: RateDeck, text: str, *, number: str, organization: Organization) -> QuerySet[Rate]:
    """The deck's rates that fit: the prefixes of the number and those that begin with it; else by words."""
    if number and _by_country(deck):
        return deck.rates.filter(country=country_called(number, organization=organization))
    if number:
        digits = numbers.digits_of(number)
        cuts = [digits[:length] for length in range(1, len(digits))]
        return deck.rates.filter(Q(prefix__startswith=digits) | Q(prefix__in=cuts))
    if not text:
        return deck.rates.all()
    countries = words.countries_named(text) | {text.upper()}
    return deck.rates.filter(Q(destination__icontains=text) | Q(country__in=countries))


def key_of(rate: Rate) -> str:
    """What a rate is found by in its deck, and what its list is ordered by: the prefix, inbound the country."""
    return rate.prefix or rate.country


def place(text: str) -> str:
    """The key that an address names; empty, the beginning, for anything that is no key."""
    return text if _KEY.fullmatch(text) else ""


def read_after(found: QuerySet[Rate], deck: RateDeck, key: str, *, limit: int) -> list[Rate]:
    """The first so many behind that key, in order; with an empty key from the beginning."""
    column = _column(deck)
    return list(found.filter(**{f"{column}__gt": key}).order_by(column)[:limit])


def read_before(found: QuerySet[Rate], deck: RateDeck, key: str, *, limit: int) -> list[Rate]:
    """The last so many before that key, the nearest first."""
    column = _column(deck)
    return list(found.filter(**{f"{column}__lt": key}).order_by(f"-{column}")[:limit])


def _by_country(deck: RateDeck) -> bool:
    return deck.service == RateDeck.Service.INBOUND_TOLL_FREE


def _column(deck: RateDeck) -> str:
    return "country" if _by_country(deck) else "prefix"
