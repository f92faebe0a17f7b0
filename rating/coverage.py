"""Whose licences cover what: the pools a call may draw on, and whether somebody may use the credits."""

from datetime import date

from rating import pools, zones
from rating.allotments import Allotments
from rating.calls import Kind
from subscriptions import entitlements
from subscriptions.entitlements import Capability

#: Calls that belong to a conference, and so to its organizer.
_CONFERENCES = frozenset({Kind.CONFERENCE, Kind.INBOUND_TOLL_FREE})


class Coverage:
    """Answers for the subscribers of a batch of calls. What it has found out it remembers."""

    def __init__(self, allotments: Allotments) -> None:
        self._allotments = allotments
        self._names: dict[tuple[Kind, int, str, str, date], tuple[str, ...]] = {}
        self._capabilities: dict[tuple[int, date], frozenset[Capability]] = {}
        self._differing: dict[tuple[int, str, date], bool] = {}

    def pools(self, kind: Kind, subscriber: int, location: str, country: str, day: date) -> tuple[str, ...]:
        """The names of the pools a call to that country may draw on, in the order in which they are asked."""
        who = kind, subscriber, location, country, day
        names = self._names.get(who)
        if names is None:
            names = self._names[who] = self._look_up(kind, subscriber, location, country, day)
        return names

    def _look_up(self, kind: Kind, subscriber: int, location: str, country: str, day: date) -> tuple[str, ...]:
        if kind is Kind.PLAN:
            domestic = zones.is_domestic(location, country)
            return self._allotments.of_plans(subscriber, location, domestic=domestic, on=day)
        if kind is not Kind.CONFERENCE:
            return ()
        # What has no end comes first: it would be wasteful to use up the minutes of the others.
        if country in zones.DIAL_OUT_ADD_ON and Capability.DIAL_OUT_US_CA in self._has(subscriber, day):
            return (pools.DIAL_OUT_US_CA,)
        return self._allotments.of_conferences(subscriber, location, on=day) if country in zones.ZONE_A else ()

    def is_unlicensed(self, kind: Kind, subscriber: int, day: date) -> bool:
        """If it is somebody who may not use the credits for such a call.

        Pay-per-minute conferencing needs no credits licence for what belongs to a conference (trade 1.2).
        """
        has = self._has(subscriber, day)
        if kind in _CONFERENCES and Capability.PAY_PER_MINUTE in has:
            return False
        return Capability.CREDITS not in has

    def differs(self, subscriber: int, capability: str, day: date) -> bool:
        """If the row names a licence that the subscriber does not hold; the licences decide all the same."""
        who = subscriber, capability, day
        if who not in self._differing:
            same = entitlements.SAME_AS
            codes = {same.get(code, code) for code in self._codes(subscriber, day)}
            self._differing[who] = same.get(capability, capability) not in codes
        return self._differing[who]

    def _codes(self, subscriber: int, day: date) -> list[str]:
        return [licence.code for licence in self._allotments.held(subscriber, on=day)]

    def _has(self, subscriber: int, day: date) -> frozenset[Capability]:
        who = subscriber, day
        if who not in self._capabilities:
            self._capabilities[who] = entitlements.capabilities(self._codes(subscriber, day))
        return self._capabilities[who]
