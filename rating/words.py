"""How calls are said on a page: their types in words, their countries by name, their numbers masked."""

from typing import Final

from babel import Locale
from django.utils.translation import get_language, gettext, to_locale
from django.utils.translation import gettext_lazy as _

from rating import zones

#: The call types of the trade that people meet; a page says any other by its code.
CALL_TYPES: Final = {
    "user_out": _("Outgoing call"),
    "user_out_forwarding": _("Forwarded call"),
    "user_out_transfer": _("Transferred call"),
    "user_out_conf": _("Outgoing call with several numbers"),
    "user_in": _("Incoming call"),
    "conf_out": _("Conference dial-out"),
    "conf_in": _("Conference dial-in"),
    "ucap_out": _("Voice app, outgoing"),
    "ucap_out_conf": _("Voice app, outgoing with several numbers"),
    "ucap_in": _("Voice app, incoming"),
    "unassigned_in": _("Incoming call to a free number"),
    "fmc_out": _("Mobile phone, outgoing"),
    "fmc_in": _("Mobile phone, incoming"),
    "emergency_out": _("Emergency call"),
    "emergency_in": _("Emergency call back"),
}

#: Services, and directions, in words.
SERVICES: Final = {
    "calls_out": _("Outbound calls"),
    "calls_in": _("Inbound calls"),
    "dial_out": _("Conference dial-out"),
    "dial_in": _("Conference dial-in"),
    "voice_apps": _("Voice apps"),
    "emergency": _("Emergency calls"),
}
DIRECTIONS: Final = {"outbound": _("All outbound"), "inbound": _("All inbound")}

#: The counters of pools: which calls draw on them.
COUNTERS: Final = {
    "domestic": _("Domestic"),
    "international": _("International"),
    "conference": _("Conference dial-out"),
}

#: Digits of a number that a mask leaves: the sign with two behind it, and the last two.
_HEAD: Final = 3
_TAIL: Final = 2


def masked(number: str) -> str:
    """The number for somebody who must not see it whole: `+33612345612` is `+33*******12`.

    What is nobody's own number (a short code, `anonymous`) stays as it is.
    """
    if not number.startswith("+"):
        return number
    hidden = max(0, len(number) - _HEAD - _TAIL)
    return number[:_HEAD] + "*" * hidden + number[_HEAD + hidden :]


def countries_named(text: str) -> set[str]:
    """The codes of the countries and regions whose name, in the page's language or in English, has the text in it."""
    wanted = text.casefold()
    languages = {to_locale(get_language() or "en"), "en"}
    return {
        code
        for language in languages
        for code, name in Locale.parse(language).territories.items()
        if len(code) == 2 and wanted in name.casefold()
    }


def countries_meant(text: str) -> set[str]:
    """The country or region of that code; else those that have the text in their name, as `countries_named`."""
    code = text.strip().upper()
    return {code} if len(code) == 2 and code in Locale("en").territories else countries_named(text.strip())


def country_name(code: str, *, language: str = "") -> str:
    """The name of the country or region, in the page's language or in the one given; its code where nobody names it."""
    return str(Locale.parse(language or to_locale(get_language() or "en")).territories.get(code, code))


def pool_place(location: str) -> str:
    """Whose pool it is, by the usage location: a country's, or the whole organization's."""
    if not location:
        return gettext("Whole organization")
    if location == zones.pool_location("PR"):
        return gettext("%(one)s and %(other)s") % {"one": country_name(location), "other": country_name("PR")}
    return country_name(location)
