"""What becomes of a call: free, covered by minutes, charged, or free because no rate is known for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import Final

from credits.models import Account
from rating import calls, decks, numbers, pricing, zones
from rating.allotments import Allotments
from rating.calls import Kind
from rating.decks import Priced, Shelf
from rating.models import RateDeck, UsageRecord
from subscriptions import entitlements, money
from subscriptions.entitlements import Capability

State = UsageRecord.State


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one call: minutes billed, how many of them a pool covered, the rate, and what is to be paid."""

    state: State
    minutes: int = 0
    covered: int = 0
    country: str = ""
    rate_id: int | None = None
    charge: Decimal = Decimal(0)
    unlicensed: bool = False
    licence_differs: bool = False
    #: The charge in whole millionths.
    micros: int = 0


#: Stands for "there is no deck for that day" where None says that a deck has no rate.
_NO_DECK: Final = Priced(0, "", Decimal(0), Decimal(0))
_FREE: Final = {differs: Verdict(State.FREE, licence_differs=differs) for differs in (False, True)}
_FREECALL: Final = {differs: Verdict(State.FREECALL, licence_differs=differs) for differs in (False, True)}


class Bench:
    """Judges a batch of calls, in the order in which they are handed in, since each takes from the pools.

    Everything it needs is read once, at the beginning; call `store` at the end. Under the account's lock. What it has
    found out about a number, a subscriber or a price it remembers, since calls of a batch are much alike.
    """

    def __init__(self, account: Account, *, months: Collection[date], subscriber_ids: Iterable[int]) -> None:
        self._shelf = Shelf(account.currency)
        organization = account.organization
        self._allotments = Allotments(organization, months=months, subscriber_ids=subscriber_ids)
        self._service_countries = dict(organization.service_numbers.values_list("number", "country"))
        self._kinds: dict[tuple[str, str, bool], Kind] = {}
        self._rates: dict[tuple[Kind, date, str], Priced | None] = {}
        self._differing: dict[tuple[int, str, date], bool] = {}
        self._unlicensed: dict[tuple[int, date], bool] = {}
        self._names: dict[tuple[Kind, int, str, str, date], tuple[str, ...]] = {}
        self._outcomes: dict[tuple[int, int, int, bool, bool], Verdict] = {}

    def verdict(self, record: UsageRecord) -> Verdict | None:
        """What becomes of the call; None while there is no deck for its day: it waits."""
        # The licence's usage location; a row's own word counts only where we know none.
        location = (record.subscriber and record.subscriber.usage_location) or record.user_location
        return self.judge(
            record.call_type,
            record.number_type,
            record.seconds,
            _day(record),
            record.destination,
            record.subscriber_id,
            location,
            record.capability,
        )

    def judge(
        self,
        call_type: str,
        number_type: str,
        seconds: int,
        day: date,
        destination: str,
        subscriber: int | None,
        location: str,
        capability: str,
    ) -> Verdict | None:
        """The same by its facts: the UTC day on which it began, the subscriber's id and usage location."""
        kind = self._kind(call_type, number_type, seconds)
        differs = subscriber is not None and capability != "" and self._licence_differs(subscriber, capability, day)
        if kind is Kind.FREE:
            return _FREE[differs]
        where = kind, day, destination
        rate = self._rates[where] if where in self._rates else self._rate(*where)
        if rate is _NO_DECK:
            return None
        if rate is None:
            return _FREECALL[differs]
        minutes = calls.minutes(seconds)
        covered = 0 if subscriber is None else self._cover(kind, subscriber, location, rate.country, day, minutes)
        unlicensed = subscriber is not None and covered < minutes and self._is_unlicensed(subscriber, day)
        outcome = rate.rate_id, minutes, covered, unlicensed, differs
        return self._outcomes.get(outcome) or self._outcome(rate, outcome)

    def store(self) -> None:
        """Write down what was taken from the pools."""
        self._allotments.store()

    def _kind(self, call_type: str, number_type: str, seconds: int) -> Kind:
        case = call_type, number_type, seconds > 0
        if case not in self._kinds:
            self._kinds[case] = calls.kind_of(call_type, number_type=number_type, seconds=seconds)
        return self._kinds[case]

    def _deck(self, kind: Kind, day: date) -> int | None:
        """Conference dial-out uses the outbound deck until one of its own is published."""
        service = RateDeck.Service
        if kind is Kind.INBOUND_TOLL_FREE:
            return self._shelf.in_force(service.INBOUND_TOLL_FREE, on=day)
        own = self._shelf.in_force(service.CONFERENCE, on=day) if kind is Kind.CONFERENCE else None
        return own or self._shelf.in_force(service.OUTBOUND, on=day)

    def _rate(self, kind: Kind, day: date, number: str) -> Priced | None:
        deck_id = self._deck(kind, day)
        rate: Priced | None = _NO_DECK
        if deck_id is not None and kind is Kind.INBOUND_TOLL_FREE:
            country = self._service_countries.get(number) or numbers.country_of(number)
            rate = decks.by_country(deck_id).get(country)
        elif deck_id is not None:
            digits = numbers.digits_of(number)
            rate = decks.by_prefix(deck_id).longest(digits) if digits else None
        self._rates[kind, day, number] = rate
        return rate

    def _outcome(self, rate: Priced, outcome: tuple[int, int, int, bool, bool]) -> Verdict:
        """Minutes first; what they leave is paid at the rate of the destination."""
        rate_id, minutes, covered, unlicensed, differs = outcome
        found = Verdict(State.COVERED, minutes, covered, rate.country, rate_id, licence_differs=differs)
        if covered < minutes:
            tariff = pricing.per_minute(rate.per_minute, rate.connection_fee)
            cost = pricing.price(tariff, (minutes - covered) * 60).cost
            found = Verdict(
                State.CHARGED,
                minutes,
                covered,
                rate.country,
                rate_id,
                cost,
                unlicensed,
                differs,
                money.to_micros(cost),
            )
        self._outcomes[outcome] = found
        return found

    def _cover(self, kind: Kind, subscriber: int, location: str, country: str, day: date, minutes: int) -> int:
        who = kind, subscriber, location, country, day
        names = self._names.get(who)
        if names is None:
            names = self._names[who] = self._pools(kind, subscriber, location, country, day)
        return self._allotments.take(names, minutes, on=day) if names else 0

    def _pools(self, kind: Kind, subscriber: int, location: str, country: str, day: date) -> tuple[str, ...]:
        if kind is Kind.PLAN:
            domestic = zones.is_domestic(location, country)
            return self._allotments.of_plans(subscriber, location, domestic=domestic, on=day)
        if kind is Kind.CONFERENCE and country in zones.ZONE_A:
            return self._allotments.of_conferences(subscriber, location, on=day)
        return ()

    def _codes(self, subscriber: int, day: date) -> list[str]:
        return [licence.code for licence in self._allotments.held(subscriber, on=day)]

    def _is_unlicensed(self, subscriber: int, day: date) -> bool:
        """Somebody who may not use the credits; what belongs to the organization alone needs no licence."""
        who = subscriber, day
        if who not in self._unlicensed:
            capabilities = entitlements.capabilities(self._codes(subscriber, day))
            self._unlicensed[who] = Capability.CREDITS not in capabilities
        return self._unlicensed[who]

    def _licence_differs(self, subscriber: int, capability: str, day: date) -> bool:
        """The row names a licence that the subscriber does not hold; the licences decide all the same."""
        who = subscriber, capability, day
        if who not in self._differing:
            same = entitlements.SAME_AS
            codes = {same.get(code, code) for code in self._codes(subscriber, day)}
            self._differing[who] = same.get(capability, capability) not in codes
        return self._differing[who]


def _day(record: UsageRecord) -> date:
    """The UTC day on which the call began."""
    return record.started_at.astimezone(UTC).date()
