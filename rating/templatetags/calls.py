"""Calls on a page: `{{ record.seconds|duration }}`, `{{ record.charge|precise:currency }}`."""

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Final

from babel import Locale
from babel.numbers import parse_pattern
from django import template
from django.utils.translation import get_language, to_locale

from rating import calls, words
from rating.models import UsageRecord

register = template.Library()

#: Calls are charged to so many places (decision: calls, "pricing").
_PLACES: Final = 4
#: As in the money filter: the hyphen is narrower than figures, and breaks from them.
_MINUS: Final = "\N{MINUS SIGN}"
#: So many places of an amount before it is rounded.
_LONGEST: Final = 8


@register.filter
def call_type(code: str) -> str:
    """The call type in words, or its code where the trade has none."""
    return str(words.CALL_TYPES.get(code, code))


@register.filter
def duration(seconds: int) -> str:
    """`4:16`: minutes and seconds; from an hour on `1:04:16`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def seconds(exact: Fraction | Decimal) -> str:
    """`90` or `7.5`: exact seconds as plain digits, at most three places."""
    shown = Decimal(exact.numerator) / exact.denominator if isinstance(exact, Fraction) else exact
    return f"{round(shown, 3).normalize():f}"


@register.filter
def precise(amount: Decimal | int, currency: str) -> str:
    """`$0.4520`: nothing is rounded, and at least the four places of charges, so that a column lines up."""
    exactly = Decimal(amount).normalize()
    places = max(_PLACES, -int(exactly.as_tuple().exponent))
    locale = Locale.parse(to_locale(get_language() or "en"))
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (places, places)
    return str(pattern.apply(exactly, locale, currency=currency, currency_digits=False)).replace("-", _MINUS)


@register.filter
def exactly(amount: Decimal, currency: str) -> str:
    """`$0.13333333…`: as `precise`, but what has no end is cut off after eight places, and says so."""
    short = amount.quantize(Decimal(1).scaleb(-_LONGEST), rounding=ROUND_DOWN)
    return precise(short, currency) + ("" if short == amount else "…")


@register.filter
def masked(number: str) -> str:
    """The number for somebody who must not see it whole."""
    return words.masked(number)


@register.filter
def pool_place(location: str) -> str:
    """Whose pool of minutes it is."""
    return words.pool_place(location)


@register.filter
def counter(name: str) -> str:
    """Which calls draw on a pool, in words."""
    return str(words.COUNTERS[name])


@register.filter
def is_call_me_at(record: UsageRecord) -> bool:
    """If a conference rang its organizer's own mobile."""
    mobile = record.subscriber.mobile if record.subscriber else ""
    return calls.is_call_me_at(record.call_type, destination=record.destination, mobile=mobile)
