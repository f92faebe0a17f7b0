"""What kind of call a row is, and so who pays for it.

Pure: no Django, no clock, no settings.
"""

import re
from enum import IntEnum, auto
from typing import Final

#: The Calling Plans call types of the trade; `user_out` and `ucap_out` come with endings for what was done.
_KNOWN: Final = re.compile(
    r"(?:emergency|user|unassigned|fmc|conf|ucap)_in|(?:user|ucap)_out(?:_[a-z]+)*|(?:emergency|fmc|conf)_out"
)
_INBOUND: Final = frozenset({"user_in", "unassigned_in", "fmc_in", "conf_in", "ucap_in"})
_SERVICE_INBOUND: Final = frozenset({"conf_in", "ucap_in"})
TOLL_FREE: Final = "toll-free"
#: What people use, each with what its call types begin with; no two begin alike.
SERVICES: Final = {
    "calls_out": ("user_out", "fmc_out"),
    "calls_in": ("user_in", "unassigned_in", "fmc_in"),
    "dial_out": ("conf_out",),
    "dial_in": ("conf_in",),
    "voice_apps": ("ucap_",),
    "emergency": ("emergency_",),
}
#: The same by which way a call went.
DIRECTIONS: Final = {
    "outbound": ("user_out", "fmc_out", "conf_out", "ucap_out", "emergency_out"),
    "inbound": ("user_in", "unassigned_in", "fmc_in", "conf_in", "ucap_in", "emergency_in"),
}


class Kind(IntEnum):
    """Who pays: nobody; credit at the inbound rate; plan then credit; conference minutes then credit; credit."""

    FREE = auto()
    INBOUND_TOLL_FREE = auto()
    PLAN = auto()
    CONFERENCE = auto()
    CREDIT = auto()


def service_of(call_type: str) -> str:
    """The service that calls of that known type are counted to."""
    return next(name for name, beginnings in SERVICES.items() if call_type.startswith(beginnings))


def is_known(call_type: str) -> bool:
    """If the trade has a rule for calls of that type; others are quarantined."""
    return _KNOWN.fullmatch(call_type) is not None


def is_inbound(call_type: str) -> bool:
    """If somebody outside called in."""
    return call_type in _INBOUND or call_type == "emergency_in"


def is_call_me_at(call_type: str, *, destination: str, mobile: str) -> bool:
    """If a conference rang its organizer's own mobile. It is paid for like any dial-out; a masked number never says."""
    return call_type == "conf_out" and mobile != "" and destination == mobile


def belongs_to_subscriber(call_type: str) -> bool:
    """If the row names a subscriber or organizer. Voice apps (`ucap_*`) belong to the organization alone."""
    return not call_type.startswith("ucap_")


def kind_of(call_type: str, *, number_type: str, seconds: int) -> Kind:
    """The kind of a call of a known type; the first rule that fits wins."""
    if call_type.startswith("emergency_") or seconds == 0:
        return Kind.FREE
    if call_type in _INBOUND:
        toll_free = call_type in _SERVICE_INBOUND and number_type == TOLL_FREE
        return Kind.INBOUND_TOLL_FREE if toll_free else Kind.FREE
    if call_type == "conf_out":
        return Kind.CONFERENCE
    return Kind.CREDIT if call_type.startswith("ucap_out") else Kind.PLAN


def minutes(seconds: int) -> int:
    """Seconds rounded up to whole minutes: the measure of pools and prices alike."""
    return -(-seconds // 60)
