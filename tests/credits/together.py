"""Several connections at once, for the tests of what is concurrent."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import pytest
from django.db import OperationalError, connection

T = TypeVar("T")
#: Nobody waits longer than this for another; a test that would hang fails instead.
PATIENCE: Final = 60


def at_once(works: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each answered or raised, in their order, all having begun at one moment on connections of their own."""
    barrier = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def one(place: int) -> None:
        try:
            with connection.cursor() as cursor:  # connected before the start, so that all really run together
                cursor.execute("SET lock_timeout = '30s'")
            barrier.wait(PATIENCE)
            answers[place] = works[place]()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a worker hangs"
    return answers


def calm(answers: Sequence[T | Exception]) -> list[T]:
    """The answers of workers of whom none raised anything: no deadlock, no lost race."""
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return [answer for answer in answers if not isinstance(answer, Exception)]


class Intruder:
    """Acts on a connection of its own at a named point of somebody else's transaction, and must wait for its end.

    At the point it tries once with a short patience, which tells if it is kept out, then again in the background with
    a long one. `finish` waits until it is through.
    """

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act
        self.was_kept_out: bool | None = None
        self.error: Exception | None = None
        self._second: threading.Thread | None = None

    def come(self) -> None:
        """Called at the named point; only the first time counts."""
        if self.was_kept_out is not None:
            return
        self.was_kept_out = False
        first = threading.Thread(target=self._try, args=("200ms",))
        first.start()
        first.join(PATIENCE)
        self.was_kept_out = isinstance(self.error, OperationalError) and "lock timeout" in str(self.error)
        if self.was_kept_out:
            self.error = None
            self._second = threading.Thread(target=self._try, args=("30s",))
            self._second.start()

    def _try(self, patience: str) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{patience}'")
            self.act()
        except Exception as error:
            self.error = error
        finally:
            connection.close()

    def finish(self) -> None:
        """Wait until it has done what it came for."""
        if self._second is not None:
            self._second.join(PATIENCE)
            assert not self._second.is_alive(), "the intruder hangs"
        if self.error is not None:
            raise self.error


def comes_before(monkeypatch: pytest.MonkeyPatch, module: object, name: str, intruder: Intruder) -> None:
    """Let the intruder come whenever the named function is about to be called by the thread of the test."""
    real: Callable[..., Any] = getattr(module, name)
    host = threading.get_ident()

    def interrupted(*given: Any, **named: Any) -> Any:
        if threading.get_ident() == host:
            intruder.come()
        return real(*given, **named)

    monkeypatch.setattr(module, name, interrupted)
