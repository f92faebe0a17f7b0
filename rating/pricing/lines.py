"""A question about a price as one line of JSON, and its answer: for other programs.

Pure: no Django, no clock, no settings. Numbers are strings of plain digits (or whole numbers), never floats.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from rating.pricing.granting import permitted
from rating.pricing.tariff import BadTariff, Method, Rounding, Slot, Tariff, as_decimal
from rating.pricing.texts import parse_window, write_window
from rating.pricing.walking import Price, Step, price
from rating.pricing.windows import BadCall, Timetable

#: The longest line that is read, in bytes.
LONGEST: Final = 65_536
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")

Given = Mapping[str, Any]
Choice = TypeVar("Choice", bound=StrEnum)


class BadLine(ValueError):
    """A line that is no question: the message says why."""


class Strategy(StrEnum):
    """At the greatest cost a call goes on for nothing, or is ended."""

    FREE = "free"
    DISCONNECT = "disconnect"


def answer(line: bytes) -> str:
    """One JSON object: {"cost", "billed", "steps"}, {"seconds"} where a balance is asked about, or {"error"}."""
    try:
        return json.dumps(_answer(_read(line)))
    except (BadLine, BadTariff, BadCall) as error:
        return json.dumps({"error": str(error)})


def _answer(asked: Given) -> dict[str, object]:
    tariff = _tariff(asked) if asked.get("windows") is None else _timetable(asked)
    at = _instant(asked["at"]) if asked.get("at") is not None else None
    if asked.get("balance") is None:
        return _explained(price(tariff, _amount(asked, "duration"), at=at))
    if asked.get("duration") is not None:
        raise BadLine("expected a duration, or a balance with what is requested, and not both")
    balance = _number("balance", asked["balance"], negative=True)
    return {"seconds": f"{permitted(tariff, balance=balance, requested=_amount(asked, 'requested'), at=at):f}"}


def _explained(found: Price) -> dict[str, object]:
    return {
        "cost": f"{found.cost:f}",
        "billed": f"{as_decimal(found.billed):f}",
        "steps": [_step(step) for step in found.steps],
    }


def _step(step: Step) -> dict[str, str]:
    numbers: dict[str, Decimal | Fraction | int] = {
        "start": step.start,
        "used": step.used,
        "billed": step.billed,
        "increments": step.increments,
        "increment": step.slot.increment or 1,
        "rate": step.slot.rate,
        "unit": step.slot.unit or 1,
        "cost": step.cost,
    }
    told = {name: f"{as_decimal(Fraction(value)):f}" for name, value in numbers.items()}
    return told if step.window is None else {"window": write_window([step.window]), **told}


def _read(line: bytes) -> Given:
    if len(line) > LONGEST:
        raise BadLine(f"the line is longer than {LONGEST:,} bytes")
    try:
        found = json.loads(line.decode(), parse_float=_float, parse_constant=_float, object_pairs_hook=_object)
    except BadLine:
        raise
    except (ValueError, RecursionError) as error:
        raise BadLine("the line is not JSON in UTF-8") from error
    return _as_object("the line", found)


def _float(text: str) -> NoReturn:
    raise BadLine(f'{text[:40]}: a number is written as a string, as in "0.4"')


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadLine("a name stands twice in one object")
    return found


def _as_object(name: str, given: Any) -> Given:
    if not isinstance(given, dict):
        raise BadLine(f"{name}: expected an object")
    return given


def _tariff(asked: Given) -> Tariff:
    strategy = asked.get("max_cost_strategy")
    return Tariff(
        slots=tuple(_slot(each) for each in _list(asked, "slots")),
        connect_fee=_amount(asked, "connect_fee", default="0"),
        rounding=_rounding(_as_object("rounding", _needed(asked, "rounding"))),
        min_cost=_optional(asked, "min_cost"),
        max_cost=_optional(asked, "max_cost"),
        ends_at_max=_choice("max_cost_strategy", Strategy, strategy or "free") is Strategy.DISCONNECT,
    )


def _timetable(asked: Given) -> Timetable:
    """Each window has its own slots; what else it does not say, the line says for all."""
    spans = []
    for each in _list(asked, "windows"):
        own = _as_object("windows", each)
        tariff = _tariff({**asked, **own})
        spans += [(window, tariff) for window in parse_window(_text("window", _needed(own, "window")))]
    return Timetable(_zone(_text("zone", _needed(asked, "zone"))), tuple(spans))


def _slot(given: Any) -> Slot:
    slot = _as_object("slots", given)
    return Slot(*(_amount(slot, name) for name in ("start", "rate", "unit", "increment")))


def _rounding(given: Given) -> Rounding:
    decimals = _number("decimals", _needed(given, "decimals"), negative=True)
    if decimals != int(decimals):
        raise BadLine("decimals: expected a whole number")
    return Rounding(_choice("method", Method, _needed(given, "method")), int(decimals))


def _needed(given: Given, name: str) -> Any:
    if given.get(name) is None:
        raise BadLine(f"{name} is missing")
    return given[name]


def _list(given: Given, name: str) -> list[Any]:
    found = _needed(given, name)
    if not isinstance(found, list):
        raise BadLine(f"{name}: expected a list")
    return found


def _text(name: str, given: Any) -> str:
    if not isinstance(given, str):
        raise BadLine(f"{name}: expected a string")
    return given


def _choice(name: str, choices: type[Choice], given: Any) -> Choice:
    try:
        return choices(given)
    except ValueError as error:
        raise BadLine(f"{name}: expected one of {', '.join(choices)}") from error


def _optional(given: Given, name: str) -> Decimal | None:
    return None if given.get(name) is None else _number(name, given[name])


def _amount(given: Given, name: str, default: str | None = None) -> Decimal:
    if default is not None and given.get(name) is None:
        return Decimal(default)
    return _number(name, _needed(given, name))


def _number(name: str, given: Any, *, negative: bool = False) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise BadLine(f'{name}: expected a number in a string, as in "0.4"')
    text = given if isinstance(given, str) else f"{given:d}"
    if not _NUMBER.fullmatch(text):
        raise BadLine(f"{name}: expected plain digits with a dot, at most 18 before and 18 after it: {text[:40]!r}")
    if text.startswith("-") and not negative:
        raise BadLine(f"{name} is negative: {text}")
    return Decimal(text)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise BadLine(f"zone: no time zone is called {name[:40]!r}") from error


def _instant(given: Any) -> datetime:
    try:
        return datetime.fromisoformat(_text("at", given))
    except ValueError as error:
        raise BadLine("at: expected an instant with its offset, as in 2026-03-29T01:30:00+01:00") from error
