"""What a person looks for among payments and receipts: a key, the provider's reference, an amount, a number."""

import re
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import F, Q

from credits.models import Account, Payment, Receipt

#: An amount as people write it: with or without a sign of the currency, thousands and cents.
_AMOUNT: Final = re.compile(
    r"[^\d\s.,\-+]{0,4}\s?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(\.[0-9]{1,4})?\s?[A-Za-z]{0,3}", re.ASCII
)
_NUMBER: Final = re.compile(r"#?\s?([0-9]{1,9})")


def payments(account: Account, text: str, *, limit: int) -> list[Payment]:
    """Those with that key or provider's reference, or of that amount, with or without its tax; the newest first."""
    wanted = Q(provider_ref=text)
    if key := _key(text):
        wanted |= Q(key=key)
    found = account.payments.select_related("method")
    if (amount := amount_in(text)) is not None:
        found = found.annotate(asked=F("amount") + F("tax"))
        wanted |= Q(amount=amount) | Q(asked=amount)
    return list(found.filter(wanted).order_by("-pk")[:limit])


def receipts(account: Account, text: str, *, limit: int) -> list[Receipt]:
    """The receipt or credit note of that number."""
    named = _NUMBER.fullmatch(text)
    if named is None:
        return []
    return list(account.issued.filter(number=int(named[1])).select_related("payment")[:limit])


def amount_in(text: str) -> Decimal | None:
    """The amount that the text is, `$1,250.00` as well as `1250`; None when it is none."""
    written = _AMOUNT.fullmatch(text)
    return None if written is None else Decimal(written[1].replace(",", "") + (written[2] or ""))


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
