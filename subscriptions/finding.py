"""What a person looks for by a word: people with a phone, numbers of the organization, plans."""

import re
from typing import Final

from django.db.models import Q

from subscriptions.models import Organization, Plan, ServiceNumber, Subscriber

#: What stands between the digits of a number as people write it.
_SEPARATORS: Final = re.compile(r"[\s().\-/]")
_DIGITS: Final = re.compile(r"\+?[0-9]{2,15}")


def digits_in(text: str) -> str:
    """The text as a number, or a part of one, is kept: `+` and digits; empty when it is none of two digits or more."""
    bare = _SEPARATORS.sub("", text)
    return bare if _DIGITS.fullmatch(bare) else ""


def subscribers(organization: Organization, text: str, *, limit: int) -> list[Subscriber]:
    """Those whose name or UPN has the text in it, by name."""
    named = Q(display_name__icontains=text) | Q(upn__icontains=text)
    return list(organization.subscribers.filter(named).order_by("display_name", "pk")[:limit])


def service_numbers(organization: Organization, text: str, *, limit: int) -> list[ServiceNumber]:
    """Those with the digits, or with the text in what they are called."""
    wanted = Q(label__icontains=text)
    if digits := digits_in(text):
        wanted |= Q(number__contains=digits)
    return list(organization.service_numbers.filter(wanted).order_by("number")[:limit])


def plans(text: str, *, limit: int) -> list[Plan]:
    """The plans of the catalogue that are called so."""
    return list(Plan.objects.filter(Q(name__icontains=text) | Q(code__icontains=text)).order_by("name")[:limit])
