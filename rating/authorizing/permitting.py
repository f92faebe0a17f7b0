"""What an organization does not want called, whatever it has in credit.

Pure: no Django, no clock, no settings.
"""

from typing import Final

from rating import zones
from rating.calls import Kind

#: Words of BlockedCall.Reason.
DESTINATION: Final = "destination_blocked"
POLICY: Final = "dial_out_policy"
NO_RATE: Final = "no_rate"


def refusal(
    kind: Kind, *, is_blocked: bool, calls: str, conferences: str, location: str, country: str, has_rate: bool
) -> str:
    """Why a call of that kind to that country may not be; empty when it may.

    `calls` is about what people dial, `conferences` about dial-out from their meetings; voice apps have no policy. The
    location is the usage location of the subscriber or organizer. Toll-free calls come in, and so go nowhere.
    """
    outbound = kind is not Kind.INBOUND_TOLL_FREE
    if outbound and is_blocked:
        return DESTINATION
    if kind is Kind.PLAN and not _calls(calls, location, country):
        return POLICY
    if kind is Kind.CONFERENCE and not _conferences(conferences, location, country):
        return POLICY
    return "" if has_rate else NO_RATE


def _calls(policy: str, location: str, country: str) -> bool:
    """Canada is abroad for a caller in the United States here, though its minutes are domestic (trade, pooling)."""
    return policy == "any" or (policy == "domestic" and _same(location, country))


def _conferences(policy: str, location: str, country: str) -> bool:
    if policy == "zone_a":
        return country in zones.ZONE_A
    return policy == "any" or (policy == "same_country" and _same(location, country))


def _same(location: str, country: str) -> bool:
    """Puerto Rico is the United States."""
    return location != "" and zones.pool_location(location) == zones.pool_location(country)
