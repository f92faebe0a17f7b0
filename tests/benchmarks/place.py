"""Where a bench runs: a database of its own on the embedded server, the machine, the commit."""

import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg

from config.embedded import addresses

DATABASE: Final = "bench"
ROOT: Final = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """The bench's own database."""
    return urlsplit(addresses.owner_url())._replace(path=f"/{DATABASE}").geturl()


@contextmanager
def database() -> Iterator[None]:
    """An empty database during the block; gone afterwards. Raises SystemExit when another bench uses it."""
    with psycopg.connect(addresses.owner_url(), autocommit=True) as server:
        try:
            server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            server.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.errors.ObjectInUse as error:
            raise SystemExit("Another bench is running: the database 'bench' is in use.") from error
    try:
        yield
    finally:
        with psycopg.connect(addresses.owner_url(), autocommit=True) as server:
            drop(server, DATABASE)


def drop(server: psycopg.Connection, name: str) -> None:
    """Remove the database, its clients first. WITH (FORCE) would trip over a vacuum, which is not ours to end."""
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
        [name],
    )
    server.execute(f"DROP DATABASE IF EXISTS {name}")


def machine() -> str:
    """Cores, memory, and the versions of what was measured."""
    with psycopg.connect(addresses.owner_url()) as server:
        version, flush = server.execute(
            "SELECT current_setting('server_version'), current_setting('fsync')"
        ).fetchone() or ("?", "?")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"{os.cpu_count()} cores, {pages / 2**30:.0f} GiB, PostgreSQL {version} (fsync {flush}),"
        f" Python {platform.python_version()}"
    )


def load() -> str:
    """The machine's load average over one, five and fifteen minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def commit() -> str:
    """The commit that is checked out; with a plus when files differ from it, empty where there is no git."""
    short = _git("rev-parse", "--short", "HEAD")
    return f"{short}+" if short and _git("status", "--porcelain") else short


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
