"""Lanes: threads with a connection each, which write steps side by side and take their turns at the account.

A step does what it can before its turn; with its turn it locks the account. When one fails, none behind it gets a turn.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Queue
from threading import Condition
from typing import TypeVar

from django.db import connection

Step = TypeVar("Step")
#: Waits until every earlier step is written. Raises TurnLost.
MyTurn = Callable[[], None]


class TurnLost(Exception):
    """A step before this one was not written."""


class _Turns:
    """Who is next, and who failed first."""

    def __init__(self) -> None:
        self._changed = Condition()
        self.written = 0
        self.failed: tuple[int, BaseException] | None = None

    def wait(self, number: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.written == number or (self.failed and self.failed[0] < number))
            if self.written != number:
                raise TurnLost

    def end(self, number: int, error: BaseException | None) -> None:
        """The step is written, or not because of that error."""
        with self._changed:
            if error is None:
                self.written += 1
            elif self.failed is None or number < self.failed[0]:
                self.failed = number, error
            self._changed.notify_all()


def write_all(
    steps: Iterable[Step], write: Callable[[Step, MyTurn], None], *, lanes: int
) -> tuple[int, BaseException | None]:
    """Write the steps, the next being made meanwhile; how many were written, and why the one behind them was not.

    Without lanes they are made and written in turn, on the connection of the caller.
    """
    turns = _Turns()
    if not lanes:
        for number, step in enumerate(steps):
            _write(number, step, turns, write)
            if turns.failed:
                break
        return turns.written, turns.failed[1] if turns.failed else None
    waiting: Queue[tuple[int, Step] | None] = Queue(maxsize=1)
    with ThreadPoolExecutor(lanes) as pool:
        for _ in range(lanes):
            pool.submit(_lane, waiting, turns, write)
        try:
            for found in enumerate(steps):
                waiting.put(found)
                if turns.failed:
                    break
        finally:
            for _ in range(lanes):
                waiting.put(None)
    return turns.written, turns.failed[1] if turns.failed else None


def _lane(waiting: "Queue[tuple[int, Step] | None]", turns: _Turns, write: Callable[[Step, MyTurn], None]) -> None:
    try:
        while found := waiting.get():
            _write(*found, turns, write)
    finally:
        connection.close()


def _write(number: int, step: Step, turns: _Turns, write: Callable[[Step, MyTurn], None]) -> None:
    error: BaseException | None = None
    try:
        write(step, partial(turns.wait, number))
    except BaseException as wrong:
        error = wrong
    turns.end(number, error)
