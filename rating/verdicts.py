"""What becomes of a call: free, covered by minutes, charged, or free because no rate is known for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from decimal import Decimal

from credits.models import Account
from rating import calls, decks, numbers, pricing, zones
from rating.allotments import Allotments
from rating.calls import Kind
from rating.decks import Priced, Shelf
from rating.models import RateDeck, UsageRecord
from subscriptions import entitlements, periods
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


class Bench:
    """Judges a batch of calls, in the order in which they are handed in, since each takes from the pools.

    Everything it needs is read once, at the beginning; call `store` at the end. Under the account's lock.
    """

    def __init__(self, account: Account, records: Sequence[UsageRecord]) -> None:
        self._shelf = Shelf(account.currency)
        organization = account.organization
        self._allotments = Allotments(
            organization,
            months={periods.utc_month(record.started_at) for record in records},
            subscriber_ids=[record.subscriber_id for record in records if record.subscriber_id],
        )
        self._service_countries = dict(organization.service_numbers.values_list("number", "country"))

    def verdict(self, record: UsageRecord) -> Verdict | None:
        """What becomes of the call; None while there is no deck for its day: it waits."""
        kind = calls.kind_of(record.call_type, number_type=record.number_type, seconds=record.seconds)
        differs = self._licence_differs(record)
        if kind is Kind.FREE:
            return Verdict(State.FREE, licence_differs=differs)
        deck_id = self._deck(kind, _day(record))
        if deck_id is None:
            return None
        rate = self._rate(kind, deck_id, record.destination)
        if rate is None:
            return Verdict(State.FREECALL, licence_differs=differs)
        return replace(self._paid(kind, record, rate), licence_differs=differs)

    def store(self) -> None:
        """Write down what was taken from the pools."""
        self._allotments.store()

    def _deck(self, kind: Kind, day: date) -> int | None:
        """Conference dial-out uses the outbound deck until one of its own is published."""
        service = RateDeck.Service
        if kind is Kind.INBOUND_TOLL_FREE:
            return self._shelf.in_force(service.INBOUND_TOLL_FREE, on=day)
        own = self._shelf.in_force(service.CONFERENCE, on=day) if kind is Kind.CONFERENCE else None
        return own or self._shelf.in_force(service.OUTBOUND, on=day)

    def _rate(self, kind: Kind, deck_id: int, number: str) -> Priced | None:
        if kind is Kind.INBOUND_TOLL_FREE:
            country = self._service_countries.get(number) or numbers.country_of(number)
            return decks.by_country(deck_id).get(country)
        digits = numbers.digits_of(number)
        return decks.by_prefix(deck_id).longest(digits) if digits else None

    def _paid(self, kind: Kind, record: UsageRecord, rate: Priced) -> Verdict:
        """Minutes first; what they leave is paid at the rate of the destination."""
        minutes = calls.minutes(record.seconds)
        covered = self._cover(kind, record, rate.country, minutes)
        found = Verdict(State.COVERED, minutes, covered, rate.country, rate.rate_id)
        if covered == minutes:
            return found
        tariff = pricing.per_minute(rate.per_minute, rate.connection_fee)
        cost = pricing.price(tariff, (minutes - covered) * 60).cost
        return replace(found, state=State.CHARGED, charge=cost, unlicensed=self._is_unlicensed(record))

    def _cover(self, kind: Kind, record: UsageRecord, country: str, minutes: int) -> int:
        subscriber = record.subscriber
        if subscriber is None:
            return 0
        # The licence's usage location; a row's own word counts only where we know none.
        location = subscriber.usage_location or record.user_location
        at = record.started_at.astimezone(UTC)
        if kind is Kind.PLAN:
            domestic = zones.is_domestic(location, country)
            return self._allotments.take_from_plans(subscriber.pk, location, minutes, domestic=domestic, at=at)
        if kind is Kind.CONFERENCE and country in zones.ZONE_A:
            return self._allotments.take_from_conference(subscriber.pk, location, minutes, at=at)
        return 0

    def _codes(self, record: UsageRecord) -> list[str]:
        return [licence.code for licence in self._allotments.held(record.subscriber_id, on=_day(record))]

    def _is_unlicensed(self, record: UsageRecord) -> bool:
        """Somebody who may not use the credits; what belongs to the organization alone needs no licence."""
        if record.subscriber_id is None:
            return False
        return Capability.CREDITS not in entitlements.capabilities(self._codes(record))

    def _licence_differs(self, record: UsageRecord) -> bool:
        """The row names a licence that the subscriber does not hold; the licences decide all the same."""
        if record.subscriber_id is None or not record.capability:
            return False
        same = entitlements.SAME_AS
        return same.get(record.capability, record.capability) not in {
            same.get(code, code) for code in self._codes(record)
        }


def _day(record: UsageRecord) -> date:
    """The UTC day on which the call began."""
    return record.started_at.astimezone(UTC).date()
