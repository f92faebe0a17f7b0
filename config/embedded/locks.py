"""Who uses the embedded servers: locks on files of the state home, which the system lets go when their holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from config.embedded import home


class Busy(Exception):
    """Somebody else holds the lock."""


def _open(name: str) -> IO[str]:
    file = home.make() / f"{name}.lock"
    file.touch(mode=0o600)
    return file.open("a+")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Servers are started and stopped by one process at a time; the others wait here."""
    with _open("servers") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def only_here(name: str) -> Iterator[None]:
    """The block runs once per checkout at the same time. Raises Busy when it already runs elsewhere."""
    with _open(name) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise Busy(name) from taken
        yield


@contextmanager
def using_servers() -> Iterator[None]:
    """As long as the block runs, nobody else's end takes the servers away."""
    with _open("users") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def servers_are_used() -> bool:
    """Whether a process (this one included) is inside `using_servers`."""
    try:
        with only_here("users"):
            return False
    except Busy:
        return True
