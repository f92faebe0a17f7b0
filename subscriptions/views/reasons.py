"""Why somebody cannot get a licence, or cannot lose one, in a sentence that says what to do first."""

from collections.abc import Collection, Iterable, Mapping

from django.utils.translation import gettext as _

from subscriptions import entitlements, licensing
from subscriptions.entitlements import Capability
from subscriptions.licences import LacksPrerequisite, NotHeld, NotSoldHere, StillNeeded

#: What stands in the way of a change of licences.
Error = LacksPrerequisite | NotHeld | NotSoldHere | StillNeeded


def sentence(error: Error, titles: Mapping[str, str]) -> str:
    """The sentence, without saying whom it is about; `titles` are those of the plans by code."""
    if isinstance(error, LacksPrerequisite):
        said = _("%(plan)s needs %(one_of)s as well. Assign one of them first.")
        return said % {"plan": titles.get(error.code, error.code), "one_of": one_of(error.any_of)}
    if isinstance(error, StillNeeded):
        said = _("%(plan)s stands on it and would be of no use. Take %(plan)s away first.")
        return said % {"plan": titles.get(error.code, error.code)}
    if isinstance(error, NotSoldHere):
        said = _(
            "%(plan)s is not sold in the country or region of your organization, and too few of its licenses are free."
        )
        return said % {"plan": titles.get(error.code, error.code)}
    return _("The license begins on a later day, and can be taken away from then on.")


def in_form(error: Error, titles: Mapping[str, str]) -> str:
    """The sentence to somebody who has the boxes of all plans in front of them."""
    if isinstance(error, NotHeld | NotSoldHere):
        return sentence(error, titles)
    facts = {"plan": titles.get(error.code, error.code), "one_of": one_of(entitlements.lacks((), error.code))}
    if isinstance(error, LacksPrerequisite):
        return _("%(plan)s needs %(one_of)s as well. Tick one of them too, or clear %(plan)s.") % facts
    return _("%(plan)s needs %(one_of)s. Keep one of them ticked, or take %(plan)s away too.") % facts


def note(code: str, held: Collection[str], titles: Mapping[str, str], *, whose: str) -> str:
    """What the licence stands on, and if somebody who holds those has it; or what stands on it. Empty for neither."""
    names = entitlements.names_of(code)
    rest = [each for each in held if each not in names]
    borne = [each for each in rest if entitlements.lacks(rest, each) and not entitlements.lacks(held, each)]
    if borne:
        return _("%(plan)s stands on it.") % {"plan": ", ".join(titles.get(each, each) for each in borne)}
    if not (any_of := entitlements.lacks((), code)):
        return ""
    if entitlements.lacks(held, code):
        said = _("Needs %(one_of)s, which %(whose)s does not have: tick one of them too.")
    else:
        said = _("Needs %(one_of)s.")
    return said % {"one_of": one_of(any_of), "whose": whose}


def one_of(capabilities: Iterable[Capability]) -> str:
    """Their titles: "Audio Conferencing or Calling Plan"."""
    return _(" or ").join(str(licensing.TITLES[each]) for each in sorted(capabilities))
