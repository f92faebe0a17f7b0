"""What becomes of a call: free, covered by minutes, charged, or free because no rate is known for it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from credits.models import Account
from rating import calls, notices, numbers, pools, pricing
from rating.allotments import Allotments
from rating.calls import Kind
from rating.coverage import Coverage
from rating.decks import Priced
from rating.models import UsageRecord
from rating.notices import Level
from rating.pools import Parts
from rating.pricelists import NoDeck, PriceLists
from rating.pricing import Tariff, Timetable
from subscriptions import money

State = UsageRecord.State


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one call: minutes billed, how many of them pools covered, the rate, and what is to be paid."""

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
    #: Which pools gave how many of the covered minutes, as `pools.written` has it.
    covered_by: str = ""


class _Case(NamedTuple):
    """All that the verdict on a call with a rate depends on; calls of one case share it."""

    rate_id: int
    seconds: int
    parts: Parts
    unlicensed: bool
    differs: bool


_FREE: Final = {differs: Verdict(State.FREE, licence_differs=differs) for differs in (False, True)}
_FREECALL: Final = {differs: Verdict(State.FREECALL, licence_differs=differs) for differs in (False, True)}


class Bench:
    """Judges a batch of calls, in the order in which they are handed in, since each takes from the pools.

    Everything it needs is read once, at the beginning; call `store` at the end. Under the account's lock. What it has
    found out about a number, a subscriber or a price it remembers, since calls of a batch are much alike.
    """

    def __init__(
        self,
        account: Account,
        *,
        months: Collection[date],
        subscriber_ids: Iterable[int],
        used: Mapping[tuple[date, str], int] | None = None,
    ) -> None:
        self._country = account.organization.country
        self._prices = PriceLists(account)
        self._allotments = Allotments(account.organization, months=months, subscriber_ids=subscriber_ids, used=used)
        self._coverage = Coverage(self._allotments)
        self._kinds: dict[tuple[str, str, bool], Kind] = {}
        self._whole_minutes: dict[int, bool] = {}
        self._outcomes: dict[_Case, Verdict] = {}

    def verdict(self, record: UsageRecord) -> Verdict | None:
        """What becomes of the call; None while there is no deck for its day: it waits."""
        # The licence's usage location; a row's own word counts only where we know none.
        location = (record.subscriber and record.subscriber.usage_location) or record.user_location
        return self.judge(
            record.call_type,
            record.number_type,
            record.seconds,
            record.started_at.astimezone(UTC).date(),
            record.destination,
            record.subscriber_id,
            location,
            record.capability,
            record.started_at,
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
        at: datetime | None = None,
    ) -> Verdict | None:
        """The same by its facts: the UTC day on which it began, the subscriber's id and usage location.

        `at` is the instant at which it began; a rate with windows cannot be priced without.
        """
        kind = self._kind(call_type, number_type, seconds)
        differs = subscriber is not None and capability != "" and self._coverage.differs(subscriber, capability, day)
        if kind is Kind.FREE or self._calls_for_help(call_type, destination, location):
            return _FREE[differs]
        try:
            rate = self._prices.rate(kind, day, destination)
        except NoDeck:
            return None
        if rate is None:
            return _FREECALL[differs]
        minutes = calls.minutes(seconds)
        parts: Parts = ()
        unlicensed = False
        if subscriber is not None:
            names = self._coverage.pools(kind, subscriber, location, rate.country, day)
            parts = self._allotments.take(names, minutes, on=day) if names else ()
            covered = sum(part for _, part in parts)
            unlicensed = covered < minutes and self._coverage.is_unlicensed(kind, subscriber, day)
        return self._judged(rate, seconds, parts, unlicensed, differs, at)

    @property
    def used(self) -> Counter[tuple[date, str]]:
        """The minutes used of the pools by now, by (month, pool); a bench given `used` begins with those."""
        return self._allotments.used

    def levels(self) -> list[Level]:
        """How full each pool is that has been taken from."""
        return self._allotments.levels()

    def store(self, *, now: datetime | None = None) -> None:
        """Write down what was taken from the pools; with `now`, tell of those that run out, in the same transaction."""
        self._allotments.store()
        if now is not None:
            notices.tell(self._allotments.organization, self.levels(), now=now)

    def _kind(self, call_type: str, number_type: str, seconds: int) -> Kind:
        case = call_type, number_type, seconds > 0
        if case not in self._kinds:
            self._kinds[case] = calls.kind_of(call_type, number_type=number_type, seconds=seconds)
        return self._kinds[case]

    def _calls_for_help(self, call_type: str, destination: str, location: str) -> bool:
        """If the number called is an emergency number where the caller or the organization is, whatever the type."""
        if destination.startswith("+") or calls.is_inbound(call_type):
            return False
        return numbers.is_emergency(destination, location, self._country)

    def _judged(
        self, rate: Priced, seconds: int, parts: Parts, unlicensed: bool, differs: bool, at: datetime | None
    ) -> Verdict:
        """The verdict, remembered by its case where the instant does not matter."""
        tariff = rate.tariff
        if isinstance(tariff, Timetable):
            if at is None:
                raise ValueError("a rate with windows needs the instant at which the call began")
            return _outcome(rate, _Case(rate.rate_at(at), seconds, parts, unlicensed, differs), at)
        if rate.rate_id not in self._whole_minutes:
            self._whole_minutes[rate.rate_id] = _in_whole_minutes(tariff)
        if self._whole_minutes[rate.rate_id]:
            seconds = calls.minutes(seconds) * 60
        case = _Case(rate.rate_id, seconds, parts, unlicensed, differs)
        found = self._outcomes.get(case)
        if found is None:
            found = self._outcomes[case] = _outcome(rate, case, None)
        return found


def _in_whole_minutes(tariff: Tariff) -> bool:
    """If calls of equally many begun minutes always cost the same, so that their seconds need not be told apart."""
    return all(slot.start % 60 == 0 and (slot.increment or 1) % 60 == 0 for slot in tariff.slots)


def _outcome(rate: Priced, case: _Case, at: datetime | None) -> Verdict:
    """Minutes first; what they leave is paid at the rate of the destination, as a call that begins where they end."""
    minutes = calls.minutes(case.seconds)
    covered = sum(part for _, part in case.parts)
    by = pools.written(case.parts)
    if covered == minutes:
        return Verdict(
            State.COVERED, minutes, covered, rate.country, case.rate_id, licence_differs=case.differs, covered_by=by
        )
    begins = at + timedelta(minutes=covered) if at else None
    cost = pricing.price(rate.tariff, case.seconds - covered * 60, at=begins).cost
    return Verdict(
        State.CHARGED,
        minutes,
        covered,
        rate.country,
        case.rate_id,
        cost,
        case.unlicensed,
        case.differs,
        money.to_micros(cost),
        by,
    )
