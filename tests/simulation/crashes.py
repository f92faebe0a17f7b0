"""Crash points: named places at which the process can die, as an exception that nobody catches."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

from credits import events, ledger, outcomes, payments, recharges, triggers
from credits.ledger import book
from rating import charging


class Crash(BaseException):
    """The process died here. No rule may catch it."""


#: Where: the function, and if the process dies before it is called or after it has returned.
POINTS: Final = tuple(
    (module, name, when)
    for module, name in (
        (book, "write"),
        (ledger, "settle_overdraft"),
        (triggers, "evaluate"),
        (outcomes, "apply"),
        (payments, "_submit"),
        (payments, "apply_result"),
        (recharges, "begin"),
        (events, "_close"),
        (charging, "_store"),
    )
    for when in ("before", "after")
)


def name_of(point: tuple[object, str, str]) -> str:
    """How a report names it."""
    module, name, when = point
    return f"{when} {getattr(module, '__name__', '')}.{name}"


@contextmanager
def dying_at(point: tuple[object, str, str]) -> Iterator[None]:
    """Inside, the process dies when it comes to that point; if it never does, nothing happens."""
    module, name, when = point
    real: Callable[..., Any] = getattr(module, name)

    def fatal(*given: Any, **named: Any) -> Any:
        if when == "before":
            raise Crash(name_of(point))
        real(*given, **named)
        raise Crash(name_of(point))

    with mock.patch.object(module, name, fatal):
        yield


def some(chance: random.Random) -> tuple[object, str, str]:
    """One of the points."""
    return chance.choice(POINTS)
