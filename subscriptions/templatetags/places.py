"""Countries and regions on a page: `{{ organization.country|country_name }}`."""

from babel import Locale
from django import template
from django.utils.translation import get_language, to_locale

register = template.Library()


@register.filter
def country_name(code: str) -> str:
    """The name in the language of the page; the code itself where there is none."""
    locale = Locale.parse(to_locale(get_language() or "en"))
    return str(locale.territories.get(code.upper(), code))
