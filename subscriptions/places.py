"""Countries and regions by name, in the language of the page."""

from babel import Locale
from django.utils.translation import get_language, to_locale


def country_name(code: str) -> str:
    """The name of the country or region with that code; the code itself where there is none."""
    locale = Locale.parse(to_locale(get_language() or "en"))
    return str(locale.territories.get(code.upper(), code))
