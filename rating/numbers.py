"""Telephone numbers as usage rows give them: international, national, short, anonymous, or masked at the end.

Pure: no Django, no clock, no settings.
"""

import re
from typing import Final

import phonenumbers
from phonenumbers import shortnumberinfo

ANONYMOUS: Final = "anonymous"
_INTERNATIONAL: Final = re.compile(r"\+[0-9]{3,15}")
_SHORT: Final = re.compile(r"[0-9]{2,6}")
_MASKED: Final = re.compile(r"(?=.{2,16}\Z)\+?[0-9]*\*+")
_WRITTEN: Final = re.compile(r"\+?[0-9 ().\-/]{3,25}")
_SEPARATORS: Final = re.compile(r"[ ().\-/]")
#: They call for help in every country, by its own number or because mobile networks know them.
_HELP: Final = frozenset({"112", "911"})


class NotANumber(ValueError):
    """The text is no telephone number; the message says what was expected."""


def parse(text: str, country: str = "") -> str:
    """The number as it is kept: `+` and digits, a short code, `anonymous`, or as masked. Raises NotANumber.

    Whether a number plan knows an international number is never asked. A national one, or one with separators, becomes
    international where that is certain: the country is known and its number plan allows the length.
    """
    text = text.strip()
    if text.lower() == ANONYMOUS:
        return ANONYMOUS
    if any(pattern.fullmatch(text) for pattern in (_INTERNATIONAL, _SHORT, _MASKED)):
        return text
    if is_emergency(text, country):
        # Written as "1-1-2": its digits are the number, and national plans know no other form of it.
        return _SEPARATORS.sub("", text)
    if _WRITTEN.fullmatch(text):
        return _international(text, country)
    raise NotANumber("expected + and 3 to 15 digits, a national number, a short code or 'anonymous'")


def _international(text: str, country: str) -> str:
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        raise NotANumber(f"not a number of {country or 'any country'}; expected + and 3 to 15 digits") from None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise NotANumber(f"not as long as a number of {country or 'its country'} is; expected + and 3 to 15 digits")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def is_emergency(text: str, *countries: str) -> bool:
    """If the whole number calls for help: 112 and 911 anywhere, else what the plan of one of the countries says."""
    digits = _SEPARATORS.sub("", text)
    if not _SHORT.fullmatch(digits):
        return False
    return digits in _HELP or any(shortnumberinfo.is_emergency_number(digits, each) for each in countries if each)


def is_short(text: str) -> bool:
    """If it is a short code, which a country keeps to itself."""
    return _SHORT.fullmatch(_SEPARATORS.sub("", text)) is not None


def digits_of(number: str) -> str:
    """The digits a rate can be found by: what follows `+`, without a mask; none for short codes and `anonymous`."""
    return number[1:].rstrip("*") if number.startswith("+") else ""


def country_of(number: str) -> str:
    """The main country of the number's calling code (+1 is US); empty when there is none."""
    digits = digits_of(number)
    for length in (1, 2, 3):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length] or 0))
        if regions and len(digits) >= length:
            return str(regions[0])
    return ""
