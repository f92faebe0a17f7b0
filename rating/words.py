"""How calls are said on a page: their types in words, their countries by name, their numbers masked."""

from typing import Final

from babel import Locale
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

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
