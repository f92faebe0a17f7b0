"""A pool of minutes in words: `conference`, or counter, usage location and plan code parted by blanks."""

from dataclasses import dataclass

from babel import Locale
from django.utils.translation import get_language, gettext, to_locale

from subscriptions.models import Plan


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool, said in the language of whoever reads it; a plan that is no longer in the catalogue goes by its code."""

    counter: str
    location: str = ""
    plan: str = ""

    def __str__(self) -> str:
        if self.counter == "conference":
            return gettext("conference dial-out")
        plan = Plan.objects.filter(code=self.plan).first()
        named = {"plan": plan.title if plan else self.plan, "country": _country(self.location)}
        if self.counter == "domestic":
            return gettext("%(plan)s in %(country)s, domestic calls") % named
        return gettext("%(plan)s in %(country)s, international calls") % named


def named(text: str) -> Pool:
    """The pool that the stored fact names. Raises ValueError for anything that names none."""
    found = Pool(*text.split(" ", 2))
    if (found.counter, bool(found.plan)) in {("conference", False), ("domestic", True), ("international", True)}:
        return found
    raise ValueError(f"{text!r} is no pool of minutes")


def _country(code: str) -> str:
    return str(Locale.parse(to_locale(get_language() or "en")).territories.get(code, code))
