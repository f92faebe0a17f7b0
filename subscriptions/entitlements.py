"""What a person's licences let them do, and what each licence stands on.

Pure: no Django, no clock, no settings.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Capability(StrEnum):
    """What licences bring, whatever their codes."""

    AUDIO_CONFERENCING = "audio_conferencing"
    PAY_PER_MINUTE = "pay_per_minute"
    DIAL_OUT_US_CA = "dial_out_us_ca"
    PHONE_SYSTEM = "phone_system"
    CALLING_PLAN = "calling_plan"
    INTERNATIONAL_PLAN = "international_plan"
    PAY_AS_YOU_GO = "pay_as_you_go"
    CREDITS = "credits"


_INTERNATIONAL: Final = frozenset({"MCOPSTN2", "MCOPSTN9"})
_PAY_AS_YOU_GO: Final = frozenset({"MCOPSTN_PAYG_1", "MCOPSTN_PAYG_2"})
_CALLING: Final = (
    frozenset({"MCOPSTN1", "MCOPSTN5", "MCOPSTN6", "MCOPSTN8", "MCOTEAMS_ESSENTIALS"}) | _INTERNATIONAL | _PAY_AS_YOU_GO
)

#: The licence codes that bring each capability. MCOMEETADD is how licence files name Audio Conferencing. A Calling Plan
#: stands for Phone System too: it is only sold on top of it, often inside a base licence that no file here lists.
BRINGS: Final[dict[Capability, frozenset[str]]] = {
    Capability.AUDIO_CONFERENCING: frozenset({"MCOMEETADV", "MCOMEETADD", "MCOMEETACPEA"}),
    Capability.PAY_PER_MINUTE: frozenset({"MCOMEETACPEA"}),
    Capability.DIAL_OUT_US_CA: frozenset({"MCOMEETADD_DIALOUT_US"}),
    Capability.PHONE_SYSTEM: frozenset({"MCOEV"}) | _CALLING,
    Capability.CALLING_PLAN: _CALLING,
    Capability.INTERNATIONAL_PLAN: _INTERNATIONAL,
    Capability.PAY_AS_YOU_GO: _PAY_AS_YOU_GO,
    Capability.CREDITS: frozenset({"MCOPSTNPP"}),
}

#: Codes of one and the same product: the second is a name for the first.
SAME_AS: Final = {"MCOMEETADD": "MCOMEETADV"}

#: What must be held before the licence: any one of these (trade, licensing condition). "Audio Conferencing, or Phone
#: System with a Calling Plan"; since a Calling Plan stands for Phone System, the second half reads: a Calling Plan.
_STANDS_ON: Final[dict[str, frozenset[Capability]]] = {
    "MCOPSTNPP": frozenset({Capability.AUDIO_CONFERENCING, Capability.CALLING_PLAN}),
}

#: The same plan as it is sold in Brazil or in Mexico: MCOPSTN1BR, MCOPSTN2MX.
_SOLD_IN: Final = re.compile(r"(MCOPSTN[0-9])(?:BR|MX)")


def names_of(code: str) -> frozenset[str]:
    """Every code of the product that this one names, itself among them."""
    product = SAME_AS.get(code, code)
    return frozenset({product, *(name for name, meant in SAME_AS.items() if meant == product)})


def base_of(code: str) -> str:
    """The code without the ending of the country it is sold in; minutes are still counted by whole codes."""
    found = _SOLD_IN.fullmatch(code)
    return found[1] if found else code


def capabilities(codes: Iterable[str]) -> frozenset[Capability]:
    """What somebody who holds these licences has."""
    held = frozenset(map(base_of, codes))
    return frozenset(capability for capability, bringing in BRINGS.items() if bringing & held)


def lacks(codes: Iterable[str], code: str) -> frozenset[Capability]:
    """The capabilities of which somebody with these licences needs one before `code`; empty: they may have it."""
    needed = _STANDS_ON.get(code, frozenset())
    return frozenset() if needed & capabilities(codes) else needed
