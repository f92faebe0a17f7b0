"""Amounts on a page, in the words of the page's language: `{{ amount|money:currency }}`."""

import functools
from decimal import Decimal
from typing import Final

from babel import Locale
from babel.numbers import NumberPattern, parse_pattern
from django import template
from django.utils.translation import get_language, to_locale

from subscriptions import money as exact

register = template.Library()

#: Money is set with a true minus; the hyphen is narrower than the figures and breaks from them at the end of a line.
_MINUS: Final = "\N{MINUS SIGN}"


@register.filter
def money(amount: Decimal | int | str, currency: str) -> str:
    """`$69.60`: rounded as pages round (down, never up to money nobody has), in the currency's own places."""
    return _formatted(exact.shown(Decimal(amount), currency), currency)


@register.filter
def rate(price: Decimal | int | str, currency: str) -> str:
    """`$0.0145`: a price per minute with every place it has and at least the currency's own; nothing is rounded."""
    exactly = Decimal(price).normalize()
    wanted = max(exact.places(currency), -int(exactly.as_tuple().exponent))
    return _formatted(exactly.quantize(Decimal(1).scaleb(-wanted)), currency)


@register.filter
def amount_plain(amount: Decimal | int | str, currency: str) -> str:
    """`1234.50`: as `money` shows it, without sign of the currency, for fields, attributes and scripts."""
    return f"{exact.shown(Decimal(amount), currency):f}"


def _formatted(amount: Decimal, currency: str) -> str:
    locale, pattern = _written(get_language() or "en", -int(amount.as_tuple().exponent))
    return str(pattern.apply(amount, locale, currency=currency, currency_digits=False)).replace("-", _MINUS)


@functools.cache
def _written(language: str, places: int) -> tuple[Locale, NumberPattern]:
    """The language's own way to write money, with as many places as the amount has: ours count, not the locale's."""
    locale = Locale.parse(to_locale(language))
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (places, places)
    return locale, pattern
