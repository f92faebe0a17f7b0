"""The API of rates."""

from datetime import date
from typing import Annotated

from django.utils import timezone
from ninja import Query, Router, Schema

from rating import lookup
from rating.models import Rate, RateDeck
from subscriptions.api import Key, KeyRequest, Problem, Refusal
from subscriptions.keys import Scope

router = Router(tags=["rates"])


class RateOut(Schema):
    """What a call to the number costs. Amounts are decimals in strings, of the deck's currency."""

    number: str
    deck: str
    effective_on: date
    currency: str
    prefix: str
    country: str
    destination: str
    per_minute: str
    connection_fee: str


@router.get(
    "/rates",
    auth=Key(Scope.RATES),
    response={200: RateOut, 404: Problem, 422: Problem},
    summary="The rate of a number",
    operation_id="rate_of_number",
)
def rate_of_number(
    request: KeyRequest,
    number: Annotated[str, Query(min_length=3, max_length=32, description="`+` and digits, or as dialled at home")],
    service: RateDeck.Service = RateDeck.Service.OUTBOUND,
    on: date | None = None,
) -> RateOut:
    """The rate that a call to (inbound toll-free: at) the number has on that day; without a day, today (UTC)."""
    organization = request.auth.organization
    found = lookup.number_in(number, country=organization.country)
    if not found:
        raise Refusal(422, "number", "That is no telephone number", "Give + and 3 to 15 digits.")
    now = timezone.now()
    deck = lookup.deck_of(service, lookup.decks_in_force(organization.currency, on=on or now.date()))
    answer = None if deck is None else lookup.answer(deck, found, organization=organization, at=now)
    if deck is None or answer is None or answer.rate is None:
        raise Refusal(404, "no_rate", "No rate is published for this number")
    return _rate(found, deck, answer.rate)


def _rate(number: str, deck: RateDeck, rate: Rate) -> RateOut:
    return RateOut(
        number=number,
        deck=deck.name,
        effective_on=deck.effective_on,
        currency=deck.currency,
        prefix=rate.prefix,
        country=rate.country,
        destination=rate.destination,
        per_minute=f"{rate.per_minute:f}",
        connection_fee=f"{rate.connection_fee:f}",
    )
