"""How long a call may last: on minutes first, then on credit and within the spend limits; and what that holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from rating import calls, numbers, pricing
from rating.allotments import Allotments, Held
from rating.authorizing.reading import Brings, Facts, Person
from rating.calls import Kind
from rating.coverage import Coverage
from rating.decks import Priced
from rating.models import BlockedCall
from rating.pools import Parts, Pools
from rating.pricelists import NoDeck, PriceLists
from rating.pricing import Timetable
from subscriptions import money
from subscriptions.models import Organization

Reason = BlockedCall.Reason
#: Calls of a person, who must be known to spend; the others may belong to the organization alone.
_PERSONAL: Final = frozenset({Kind.PLAN, Kind.CONFERENCE})


@dataclass(frozen=True, slots=True)
class Call:
    """A call by what its price depends on. The destination is as `numbers.parse` has it."""

    call_type: str
    number_type: str
    destination: str
    started_at: datetime

    @property
    def day(self) -> date:
        """The UTC day on which it began."""
        return self.started_at.astimezone(UTC).date()

    @property
    def kind(self) -> Kind:
        """As if it lasted: a call of no seconds would be free."""
        return calls.kind_of(self.call_type, number_type=self.number_type, seconds=1)


@dataclass(frozen=True, slots=True)
class Grant:
    """So many seconds in all, the minutes and millionths they keep, and why there are no more (empty: all are)."""

    seconds: int
    parts: Parts = ()
    micros: int = 0
    reason: str = ""

    @property
    def covered_seconds(self) -> int:
        """Those that minutes cover."""
        return min(self.seconds, 60 * sum(minutes for _, minutes in self.parts))


class Minutes(Allotments):
    """The allotments as one call sees them. Licences are known; pools are measured only for somebody who has minutes.

    Counting everybody's licences is what costs, and most chargeable calls are of people who have none.
    """

    def __init__(self, organization: Organization, person: Person | None, *, month: date) -> None:
        self.organization = organization
        self._person, self._month = person, month
        self._brings = person.has_minutes if person else Brings()
        self._licences: dict[int, list[Held]] = {person.pk: list(person.licences)} if person else {}
        self._pools = Pools()
        self._is_measured = False

    def of_plans(self, subscriber_id: int, location: str, *, domestic: bool, on: date) -> tuple[str, ...]:
        if not (self._brings.domestic if domestic else self._brings.international):
            return ()
        self._measure_once()
        return super().of_plans(subscriber_id, location, domestic=domestic, on=on)

    def of_conferences(self, organizer_id: int, location: str, *, on: date) -> tuple[str, ...]:
        if not self._brings.conference:
            return ()
        self._measure_once()
        return super().of_conferences(organizer_id, location, on=on)

    def hold(self, names: tuple[str, ...], minutes: int, *, on: date) -> Parts:
        self._measure_once()
        return super().hold(names, minutes, on=on)

    def _measure_once(self) -> None:
        if not self._is_measured:
            whose = [self._person.pk] if self._person else []
            super().__init__(self.organization, months={self._month}, subscriber_ids=whose)
            self._is_measured = True


class Granter:
    """Answers for one call: its rate, the minutes it may draw on, and how far minutes and credit reach."""

    def __init__(self, call: Call, prices: PriceLists, minutes: Minutes, facts: Facts) -> None:
        self.call, self._minutes, self._facts = call, minutes, facts
        self._coverage = Coverage(minutes)
        self.rate = _rate(prices, call)

    @property
    def country(self) -> str:
        """Where the call goes: as its rate says, else by its calling code."""
        return self.rate.country if self.rate else numbers.country_of(self.call.destination)

    @property
    def rate_id(self) -> int | None:
        """The row in force when the call began."""
        return self.rate.rate_at(self.call.started_at) if self.rate else None

    @property
    def _rated(self) -> Priced:
        if self.rate is None:
            raise RuntimeError("a call without a rate is refused")
        return self.rate

    def said(self) -> tuple[Decimal, Decimal]:
        """The price of a minute at the beginning, and the connection fee."""
        tariff = self._rated.tariff
        if not isinstance(tariff, Timetable):
            return self._rated.per_minute, self._rated.connection_fee
        _, in_force = tariff.in_force(self.call.started_at)
        first = in_force.slots[0]
        return first.rate * 60 / (first.unit or 1), in_force.connect_fee

    def grant(self, wanted: int, *, credit: Callable[[], int], own: int = 0) -> Grant:
        """So many seconds from the call's answer on, or as many as there are.

        `credit` answers the millionths available; it is not asked where minutes suffice. `own` are those that the call
        holds already. Minutes taken are kept by `store`. There must be a rate.
        """
        parts = self._take(calls.minutes(wanted))
        covered = sum(minutes for _, minutes in parts)
        paid = wanted - 60 * covered
        tariff, begins = self._rated.tariff, self.call.started_at + timedelta(minutes=covered)
        if paid <= 0 or pricing.price(tariff, paid, at=begins).cost == 0:
            return Grant(wanted, parts)
        balance, reason = self._balance(credit, own)
        reached = int(pricing.permitted(tariff, balance=money.from_micros(balance), requested=paid, at=begins))
        cost = pricing.price(tariff, reached, at=begins).cost
        return Grant(60 * covered + reached, parts, money.to_micros(cost), "" if reached == paid else reason)

    def store(self) -> None:
        """Write down the minutes kept."""
        self._minutes.store()

    def _take(self, minutes: int) -> Parts:
        person = self._facts.person
        if person is None or self.rate is None:
            return ()
        day = self.call.day
        names = self._coverage.pools(self.call.kind, person.pk, person.usage_location, self.rate.country, day)
        return self._minutes.hold(names, minutes, on=day) if names else ()

    def _balance(self, credit: Callable[[], int], own: int) -> tuple[int, str]:
        """The millionths that may be spent on the call, none or less when it may not; and what sets their end."""
        if not self._facts.has_credits:
            return 0, Reason.NO_CREDITS_OF_ORGANIZATION
        if self._is_unlicensed():
            return 0, Reason.NO_LICENCE
        available = credit() + own
        left = self._facts.limit_left
        if left is not None and (within := money.to_micros(left) + own) < available:
            return max(0, within), Reason.SPEND_LIMIT
        return max(0, available), Reason.NO_CREDIT

    def _is_unlicensed(self) -> bool:
        kind, person = self.call.kind, self._facts.person
        if person is None:
            return kind in _PERSONAL
        return self._coverage.is_unlicensed(kind, person.pk, self.call.day)


def _rate(prices: PriceLists, call: Call) -> Priced | None:
    try:
        return prices.rate(call.kind, call.day, call.destination)
    except NoDeck:
        return None
