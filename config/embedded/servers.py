"""The embedded servers together: which of them this environment wants, started and stopped in order."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from config.embedded import home, locks


def wanted() -> list[ModuleType]:
    """The servers to run, in the order of starting. One whose address the environment sets is not even imported."""
    found: list[ModuleType] = []
    if not os.environ.get("DATABASE_URL"):
        from config.embedded import postgres

        found.append(postgres)
    if not os.environ.get("REDIS_URL"):
        from config.embedded import valkey

        found.append(valkey)
    return found


def start(*, to_stay: bool) -> list[str]:
    """Have all of them running: the names of those that were down. `to_stay`: they outlive a later script/test."""
    if not wanted():
        return []
    with locks.one_at_a_time():
        started = [server.NAME for server in wanted() if server.start()]
        if started and to_stay:
            _stay().touch()
        elif started:
            _stay().unlink(missing_ok=True)
    return started


def stop() -> list[str]:
    """Have all of them down: the names of those that were up."""
    if not wanted():
        return []
    with locks.one_at_a_time():
        _stay().unlink(missing_ok=True)
        return [server.NAME for server in reversed(wanted()) if server.stop()]


@contextmanager
def running(*, leave_what_stays: bool) -> Iterator[list[str]]:
    """The servers run during the block (which gets the names of those that were down); the last user stops them.

    `leave_what_stays`: servers that script/setup started to stay, stay.
    """
    if not wanted():
        yield []
        return
    try:
        with locks.using_servers():
            yield start(to_stay=False)
    finally:
        if not locks.servers_are_used() and not (leave_what_stays and _stay().exists()):
            stop()


def _stay() -> Path:
    return home.make() / "servers-stay"
