"""What a call would cost: the deck in force, the rate of a number in it, and the rates that a search finds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from django.db.models import Q, QuerySet

from rating import decks, numbers, pricing, words
from rating.models import Rate, RateDeck
from rating.pricing import Price, Tariff, Timetable
from subscriptions.models import Organization

_SEPARATORS: Final = re.compile(r"[\s().\-/]")
_DIGITS: Final = re.compile(r"(\+|00)?([0-9]{1,15})")
#: So many digits make a number; fewer are the beginning of one.
_WHOLE: Final = 6
_PLACE: Final = re.compile(r"([0-9]{1,15}|[A-Z]{2}|)(?:~([ -~]{1,60}))?")
#: Where a list of rates goes on: a rate's key (of the catch-all an empty one) and its window.
Place: TypeAlias = tuple[str, str]


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


def decks_in_force(currency: str, *, on: date) -> dict[str, RateDeck]:
    """The deck of each service that is in force on that day, by service."""
    begun = RateDeck.objects.standing().filter(currency=currency, effective_on__lte=on)
    return {deck.service: deck for deck in begun.order_by("service", "-effective_on").distinct("service")}


def deck_of(service: str, in_force: Mapping[str, RateDeck]) -> RateDeck | None:
    """The one of them that prices calls of that service: of conference dial-out, until it has its own, the outbound."""
    found = in_force.get(service)
    if found is None and service == RateDeck.Service.CONFERENCE:
        return in_force.get(RateDeck.Service.OUTBOUND)
    return found


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
        cuts = [digits[:length] for length in range(len(digits))]
        return deck.rates.filter(Q(prefix__startswith=digits) | Q(prefix__in=cuts))
    if not text:
        return deck.rates.all()
    countries = words.countries_named(text) | {text.upper()}
    return deck.rates.filter(Q(destination__icontains=text) | Q(country__in=countries))


def address(rate: Rate, deck: RateDeck) -> str:
    """What an address calls the place of that rate in its deck: the prefix, inbound the country, and the window."""
    key = getattr(rate, _column(deck))
    return f"{key}~{rate.window}" if rate.window else str(key)


def place(text: str) -> Place | None:
    """The place that an address names; None, the beginning, for anything that is no place."""
    found = _PLACE.fullmatch(text)
    return (found[1], found[2] or "") if found and text else None


def read_after(found: QuerySet[Rate], deck: RateDeck, place: Place | None, *, limit: int) -> list[Rate]:
    """The first so many behind that place, in order: the catch-all, then by key, those of one key by window."""
    key, window = place or ("", "")
    column = _column(deck)
    head = [] if key else [each for each in _catch_all(found, deck) if place is None or each.window > window]
    behind = found.filter(**{f"{column}__gt": ""})
    if key:
        behind = behind.filter(_from(column, "gt", key, window), **{f"{column}__gte": key})
    return [*head, *behind.order_by(column, "window")[:limit]][:limit]


def read_before(found: QuerySet[Rate], deck: RateDeck, place: Place, *, limit: int) -> list[Rate]:
    """The last so many before that place, the nearest first."""
    key, window = place
    column = _column(deck)
    head = [each for each in reversed(_catch_all(found, deck)) if key or each.window < window]
    # The bounds beside the condition let the index begin, and end, where the page does.
    bounds = {f"{column}__gt": "", f"{column}__lte": key}
    before = found.filter(_from(column, "lt", key, window), **bounds).order_by(f"-{column}", "-window")
    return [*before[:limit], *head][:limit]


def _from(column: str, side: str, key: str, window: str) -> Q:
    """The rates on that side of the place."""
    return Q(**{f"{column}__{side}": key}) | Q(**{column: key, f"window__{side}": window})


def _catch_all(found: QuerySet[Rate], deck: RateDeck) -> list[Rate]:
    """The deck's rates for all other numbers, by window. They are few, and stand outside the index of prefixes."""
    return [] if _by_country(deck) else sorted(found.filter(prefix=""), key=lambda each: each.window)


def _by_country(deck: RateDeck) -> bool:
    return deck.service == RateDeck.Service.INBOUND_TOLL_FREE


def _column(deck: RateDeck) -> str:
    return "country" if _by_country(deck) else "prefix"
