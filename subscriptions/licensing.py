"""The licensing table: which licences a feature or a plan needs, and which of them the organization has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscriptions.entitlements import BRINGS, SAME_AS, Capability, base_of, capabilities

#: What the licence behind a capability is called.
TITLES: Final[dict[Capability, Promise | str]] = {
    Capability.AUDIO_CONFERENCING: _("Audio Conferencing"),
    Capability.PAY_PER_MINUTE: _("Audio Conferencing, pay per minute"),
    Capability.PHONE_SYSTEM: _("Phone System"),
    Capability.CALLING_PLAN: _("Calling Plan"),
    Capability.INTERNATIONAL_PLAN: _("Domestic and International Calling Plan"),
    Capability.PAY_AS_YOU_GO: _("Pay-As-You-Go Calling Plan"),
    Capability.CREDITS: _("Communications Credits"),
}
#: The plan that brings a capability, where there is one to go to; else there is a choice of several.
_BROUGHT_BY: Final[dict[Capability, str]] = {
    Capability.AUDIO_CONFERENCING: "MCOMEETADV",
    Capability.PAY_PER_MINUTE: "MCOMEETACPEA",
    Capability.PHONE_SYSTEM: "MCOEV",
    Capability.INTERNATIONAL_PLAN: "MCOPSTN2",
    Capability.CREDITS: "MCOPSTNPP",
}


@dataclass(frozen=True)
class Feature:
    """Something people want to do, and all the licences it needs. `prepaid`: it draws on the organization's balance."""

    title: Promise | str
    note: Promise | str
    needs: tuple[Capability, ...]
    prepaid: bool = False


@dataclass(frozen=True)
class Topic:
    """Features that belong together."""

    title: Promise | str
    features: tuple[Feature, ...]


_AUDIO, _PHONE, _PLAN, _CREDITS = (
    Capability.AUDIO_CONFERENCING,
    Capability.PHONE_SYSTEM,
    Capability.CALLING_PLAN,
    Capability.CREDITS,
)

#: Source: the trade's add-on licensing table, and what draws on the balance.
TOPICS: Final[tuple[Topic, ...]] = (
    Topic(
        _("Meetings"),
        (
            Feature(
                _("Dial in to a meeting on an ordinary number"),
                _("One license for each organizer; participants need none."),
                (_AUDIO,),
            ),
            Feature(
                _("Dial in to a meeting on a toll-free number"),
                _("Per minute, paid by the organization that owns the number."),
                (_AUDIO, _CREDITS),
                prepaid=True,
            ),
            Feature(
                _("Dial out from a meeting within the monthly minutes"),
                _("60 minutes for each license, in one pool, to 44 countries and regions."),
                (_AUDIO,),
            ),
            Feature(
                _("Dial out from a meeting to anyone in the world"),
                _("Also to your own mobile (Call me at), and once the minutes are used up. Charged to the organizer."),
                (_AUDIO, _CREDITS),
                prepaid=True,
            ),
            Feature(
                _("Meetings paid per minute"),
                _("Dialing in and out, without a monthly fee; organizers need no credits license of their own."),
                (Capability.PAY_PER_MINUTE,),
                prepaid=True,
            ),
        ),
    ),
    Topic(
        _("Calls"),
        (
            Feature(
                _("A phone number, voicemail, and calls between colleagues"),
                _("Often part of the base license."),
                (_PHONE,),
            ),
            Feature(
                _("Calls within the country"),
                _("Up to the monthly minutes of the Calling Plan."),
                (_PHONE, _PLAN),
            ),
            Feature(
                _("Calls abroad within the monthly minutes"),
                _("Domestic and international minutes are counted apart."),
                (_PHONE, Capability.INTERNATIONAL_PLAN),
            ),
            Feature(
                _("Calls abroad that no minutes cover"),
                _("With a Domestic Calling Plan: from the first minute."),
                (_PHONE, _PLAN, _CREDITS),
                prepaid=True,
            ),
            Feature(
                _("Calls once the monthly minutes are used up"),
                _("Per minute, until the month ends."),
                (_PHONE, _PLAN, _CREDITS),
                prepaid=True,
            ),
            Feature(
                _("Pay-As-You-Go calls"),
                _("Every outgoing call is per minute."),
                (_PHONE, Capability.PAY_AS_YOU_GO, _CREDITS),
                prepaid=True,
            ),
        ),
    ),
    Topic(
        _("Numbers of the organization"),
        (
            Feature(
                _("Toll-free numbers of auto attendants and call queues"),
                _("Per minute of incoming calls, paid from the organization's balance; no license on the number."),
                (_PHONE,),
                prepaid=True,
            ),
            Feature(
                _("Auto attendants and call queues that transfer calls outside"),
                _("Paid from the organization's balance; no license on the number."),
                (_PHONE,),
                prepaid=True,
            ),
        ),
    ),
    Topic(
        _("Always"),
        (
            Feature(_("Emergency calls"), _("Never refused, never charged to credits."), ()),
            Feature(_("Incoming calls on ordinary numbers"), _("Never charged to credits."), (_PHONE, _PLAN)),
        ),
    ),
)


#: What goes with a plan: who has this capability by it, needs one of these (trade, licensing condition and add-ons).
_GOES_WITH: Final[tuple[tuple[Capability, tuple[Capability, ...], Promise | str], ...]] = (
    (_CREDITS, (_AUDIO, _PLAN), _("Each person needs one of them before the license can be assigned.")),
    (Capability.DIAL_OUT_US_CA, (_AUDIO,), _("The add-on works for organizers who have it.")),
    (Capability.PAY_AS_YOU_GO, (_CREDITS,), _("Every outgoing call is paid from the balance by it.")),
    (_PLAN, (_PHONE,), _("Often part of a base license that is not listed here.")),
)
#: Plans that bring Phone System themselves.
_WITH_PHONE_SYSTEM: Final = frozenset({"MCOTEAMS_ESSENTIALS"})


@dataclass(frozen=True)
class Need:
    """A licence that a feature needs, how many people have it, and how many more could be given one at once (none:
    as many as there are people). `code` is the plan that brings it; empty where there are several."""

    title: Promise | str
    held: int
    spare: int | None
    code: str

    @property
    def lacking(self) -> bool:
        """If nobody has it and there is none to give."""
        return not self.held and self.spare == 0

    @property
    def idle(self) -> bool:
        """If nobody has it, though there are some to give."""
        return not self.held and self.spare != 0


@dataclass(frozen=True)
class Line:
    """A feature with its needs, as one organization stands: `able` people have all of them."""

    feature: Feature
    needs: tuple[Need, ...]
    able: int

    @property
    def complete(self) -> bool:
        """If somebody can use the feature; what needs no licence, everybody can."""
        return bool(self.able) or not self.needs

    @property
    def scattered(self) -> bool:
        """If there is somebody for each licence but nobody with all of them."""
        return not self.complete and all(need.held for need in self.needs)


@dataclass(frozen=True)
class Prerequisite:
    """What people need beside a plan: any one of these."""

    any_of: tuple[Need, ...]
    note: Promise | str

    @property
    def met(self) -> bool:
        """If somebody here has one of them."""
        return any(need.held for need in self.any_of)


#: How many people hold exactly these licence codes, and how many licences of each code nobody has yet.
Holdings = Mapping[frozenset[str], int]
Spare = Mapping[str, int | None]
_People = list[tuple[frozenset[Capability], int]]


def table(holdings: Holdings, spare: Spare) -> list[tuple[Promise | str, list[Line]]]:
    """Each topic's title with its lines."""
    people = _people(holdings)
    return [(topic.title, [_line(feature, people, spare) for feature in topic.features]) for topic in TOPICS]


def prerequisites(code: str, holdings: Holdings, spare: Spare) -> list[Prerequisite]:
    """What goes with the plan, and what of it the organization has."""
    people, brought = _people(holdings), capabilities([code])
    return [
        Prerequisite(tuple(_need(each, people, spare) for each in any_of), note)
        for capability, any_of, note in _GOES_WITH
        if capability in brought and not (any_of == (_PHONE,) and code in _WITH_PHONE_SYSTEM)
    ]


def _people(holdings: Holdings) -> _People:
    return [(capabilities(codes), count) for codes, count in holdings.items()]


def _line(feature: Feature, people: _People, spare: Spare) -> Line:
    needs = tuple(_need(needed, people, spare) for needed in feature.needs)
    return Line(feature, needs, _able(feature.needs, people))


def _need(needed: Capability, people: _People, spare: Spare) -> Need:
    return Need(TITLES[needed], _able((needed,), people), _spare(needed, spare), _BROUGHT_BY.get(needed, ""))


def _spare(needed: Capability, spare: Spare) -> int | None:
    """The licences that would bring the capability. Those of Communications Credits are free and without number."""
    if needed == Capability.CREDITS:
        return None
    counts = [count for code, count in spare.items() if base_of(SAME_AS.get(code, code)) in BRINGS[needed]]
    return None if None in counts else sum(count or 0 for count in counts)


def _able(needed: tuple[Capability, ...], people: _People) -> int:
    return sum(count for has, count in people if has.issuperset(needed))
