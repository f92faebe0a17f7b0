"""The licensing table: which licences a feature needs, and which of them the organization has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscriptions.entitlements import Capability, capabilities

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


@dataclass(frozen=True)
class Need:
    """A licence that a feature needs, and how many people have it."""

    title: Promise | str
    held: int


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


def table(holdings: Mapping[frozenset[str], int]) -> list[tuple[Promise | str, list[Line]]]:
    """Each topic's title with its lines. `holdings` says how many people hold exactly these licence codes."""
    people = [(capabilities(codes), count) for codes, count in holdings.items()]
    return [(topic.title, [_line(feature, people) for feature in topic.features]) for topic in TOPICS]


_People = list[tuple[frozenset[Capability], int]]


def _line(feature: Feature, people: _People) -> Line:
    needs = tuple(Need(TITLES[needed], _able((needed,), people)) for needed in feature.needs)
    return Line(feature, needs, _able(feature.needs, people))


def _able(needed: tuple[Capability, ...], people: _People) -> int:
    return sum(count for has, count in people if has.issuperset(needed))
