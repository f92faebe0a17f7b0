"""What each kind of notice must know, and how its facts are stored and read again.

Stored facts are plain JSON: amounts as strings, dates and instants in ISO 8601.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from notifications import causes, minutes, terms
from notifications.models import Notice


class MissingFacts(ValueError):
    """A notice was posted without facts its mail needs; the message names them."""


class NotPlain(TypeError):
    """A fact is of a type that does not survive storage exactly (a float, say)."""


def _instant(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)


def _day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)


class Stage(StrEnum):
    """Where a balance stands beside a level of the admin's own."""

    APPROACHING = "approaching"
    BELOW = "below"
    RECOVERED = "recovered"


class DisputeStage(StrEnum):
    """What became of a payment that was disputed with the bank."""

    OPENED = "opened"
    WON = "won"
    LOST = "lost"


Reader = Callable[[Any], Any]


_MINUTES: Final[Mapping[str, Reader]] = {
    "pool": minutes.named,
    "month": date.fromisoformat,
    "used": int,
    "size": int,
}
_MONEY: Final[Mapping[str, Reader]] = {"amount": Decimal, "currency": str}
_PAID: Final[Mapping[str, Reader]] = {
    **_MONEY,
    "balance": Decimal,
    "card": str,
    "payment": str,
    "expires_on": date.fromisoformat,
}

#: For each kind its required facts, each with what makes a value for the templates out of what is stored.
REQUIRED: Final[Mapping[Notice.Kind, Mapping[str, Reader]]] = {
    Notice.Kind.RECHARGE_PAID: _PAID,
    Notice.Kind.RECHARGE_FAILED: {**_MONEY, "card": str, "cause": causes.Cause, "next_try_at": _instant},
    Notice.Kind.RECHARGE_PAUSED: {**_MONEY, "card": str, "cause": causes.Cause},
    Notice.Kind.NEEDS_BANK: {**_MONEY, "card": str, "payment": str, "until": datetime.fromisoformat},
    Notice.Kind.FUNDS_ADDED: _PAID,
    Notice.Kind.REFUNDED: {
        **_MONEY,
        "tax": Decimal,
        "card": str,
        "payment": str,
        "receipt": int,
        "balance": Decimal,
    },
    Notice.Kind.REFUND_DECLINED: {**_MONEY, "card": str, "payment": str, "said": str},
    Notice.Kind.DISPUTED: {**_MONEY, "card": str, "payment": str, "stage": DisputeStage, "waits": Decimal},
    Notice.Kind.BALANCE_LOW: {**_MONEY, "balance": Decimal, "stage": Stage},
    Notice.Kind.BELOW_ZERO: {"balance": Decimal, "currency": str, "auto_recharge": bool},
    Notice.Kind.LOT_EXPIRES: {**_MONEY, "expires_on": date.fromisoformat, "days": int, "lots": int},
    Notice.Kind.CARD_EXPIRES: {"card": str, "month": int, "year": int, "days": int, "next_charge_on": _day},
    Notice.Kind.TERMS_CHANGED: {"by": str, "before": terms.Terms, "after": terms.Terms, "currency": str},
    Notice.Kind.MINUTES_LOW: _MINUTES,
    Notice.Kind.MINUTES_USED: _MINUTES,
}
#: Facts that a notice may lack because it was posted before there were any; templates then see None.
ADDED_LATER: Final[Mapping[Notice.Kind, Mapping[str, Reader]]] = {
    Notice.Kind.RECHARGE_PAID: {"receipt": int, "reason": str},
    Notice.Kind.RECHARGE_PAUSED: {"payment": str},
    Notice.Kind.FUNDS_ADDED: {"receipt": int},
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
    values = {name: reader(facts[name]) for name, reader in REQUIRED[kind].items()}
    later = ADDED_LATER.get(kind, {})
    values |= {name: reader(facts[name]) if name in facts else None for name, reader in later.items()}
    return values | _derived(kind, values)


def _derived(kind: Notice.Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """What templates show and cannot work out."""
    if kind == Notice.Kind.REFUNDED:
        return {"total": values["amount"] + values["tax"]}
    if kind == Notice.Kind.TERMS_CHANGED:
        return {"change": terms.Change(values["before"], values["after"], values["currency"])}
    return {}


def _plain(name: str, value: object) -> str | int | bool | dict[str, Any] | None:
    if isinstance(value, Mapping):
        return {str(part): _plain(f"{name}.{part}", inner) for part, inner in value.items()}
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    raise NotPlain(f"the fact {name} is a {type(value).__name__}, which is not stored exactly")
