"""What each kind of notice must know, and how its facts are stored and read again.

Stored facts are plain JSON: amounts as strings, dates and instants in ISO 8601.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from notifications import causes, minutes
from notifications.models import Notice


class MissingFacts(ValueError):
    """A notice was posted without facts its mail needs; the message names them."""


class NotPlain(TypeError):
    """A fact is of a type that does not survive storage exactly (a float, say)."""


def _instant(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)


Reader = Callable[[Any], Any]

_MINUTES: Final[Mapping[str, Reader]] = {
    "pool": minutes.named,
    "month": date.fromisoformat,
    "used": int,
    "size": int,
}

#: For each kind its required facts, each with what makes a value for the templates out of what is stored.
REQUIRED: Final[Mapping[Notice.Kind, Mapping[str, Reader]]] = {
    Notice.Kind.RECHARGE_PAID: {
        "amount": Decimal,
        "currency": str,
        "balance": Decimal,
        "card": str,
        "payment": str,
        "expires_on": date.fromisoformat,
    },
    Notice.Kind.RECHARGE_FAILED: {
        "amount": Decimal,
        "currency": str,
        "card": str,
        "cause": causes.words,
        "next_try_at": _instant,
        "paused": bool,
    },
    Notice.Kind.BELOW_ZERO: {"balance": Decimal, "currency": str, "auto_recharge": bool},
    Notice.Kind.MINUTES_LOW: _MINUTES,
    Notice.Kind.MINUTES_USED: _MINUTES,
}


def stored(kind: Notice.Kind, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they are stored. Raises MissingFacts, NotPlain, or what the reader of a fact raises for nonsense."""
    if missing := [name for name in REQUIRED[kind] if name not in facts]:
        raise MissingFacts(f"a notice {kind.value} needs {', '.join(missing)}")
    plain = {name: _plain(name, value) for name, value in facts.items()}
    read(kind, plain)
    return plain


def read(kind: Notice.Kind, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The stored facts as templates want them: Decimals, dates, aware datetimes, words."""
    return {name: reader(facts[name]) for name, reader in REQUIRED[kind].items()}


def _plain(name: str, value: object) -> str | int | bool | None:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    raise NotPlain(f"the fact {name} is a {type(value).__name__}, which is not stored exactly")
