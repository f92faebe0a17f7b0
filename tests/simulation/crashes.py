"""Crash points: named places at which the process can die, as an exception that nobody catches."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest import mock

from credits import events, ledger, moves, outcomes, triggers
from credits.ledger import book
from credits.payments import charging as card_charging
from credits.recharges import sweeping
from rating import charging


class Crash(BaseException):
    """The process died here; says where. No rule may catch it."""


#: The process can die before each of these is called, and after it has returned.
_AROUND: Final = (
    (book, "write"),
    (ledger, "settle_overdraft"),
    (triggers, "evaluate"),
    (outcomes, "apply"),
    (moves, "move"),
    (card_charging, "_submit"),
    (card_charging, "apply_result"),
    (sweeping, "begin"),
    (events, "_close"),
    (charging, "_store"),
)
#: An operation comes past a dozen of them at most, and past fewer mostly.
_FARTHEST: Final = 12


@contextmanager
def dying_at(passage: int) -> Iterator[None]:
    """Inside, the process dies at the so-manieth of the points that it comes past; if it comes past fewer, never."""
    left = passage

    def pass_by(when: str, module: object, name: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Crash(f"{when} {getattr(module, '__name__', '')}.{name}")

    def watched(module: object, name: str) -> Callable[..., Any]:
        real: Callable[..., Any] = getattr(module, name)

        def fatal(*given: Any, **named: Any) -> Any:
            pass_by("before", module, name)
            answer = real(*given, **named)
            pass_by("after", module, name)
            return answer

        return fatal

    with ExitStack() as stack:
        for module, name in _AROUND:
            stack.enter_context(mock.patch.object(module, name, watched(module, name)))
        yield


def some(chance: random.Random) -> int:
    """A passage at which to die."""
    return min(chance.randint(1, _FARTHEST), chance.randint(1, _FARTHEST))
