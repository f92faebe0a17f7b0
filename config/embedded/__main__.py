"""python -m config.embedded start | stop | status | addresses | during COMMAND: the embedded servers by hand."""

import argparse
import os
import shlex
import signal
import subprocess
import sys

from config.embedded import addresses, processes, servers


def start() -> int:
    """Start what is down, to stay until `stop` or the end of script/run."""
    for name in servers.start(to_stay=True):
        print(f"{name} started.")
    return 0


def stop() -> int:
    """Stop what is up."""
    for name in servers.stop():
        print(f"{name} stopped.")
    return 0


def status() -> int:
    """Say what is up. The exit code is 1 when something is down."""
    up = {server.NAME: server.is_running() for server in servers.wanted()}
    for name, is_up in up.items():
        print(f"{name}: {'running' if is_up else 'stopped'}")
    return 0 if all(up.values()) else 1


def show_addresses() -> int:
    """Print the addresses that are not set in the environment, as a shell reads them."""
    known = {
        "DATABASE_URL": addresses.database_url,
        "DATABASE_OWNER_URL": lambda: os.environ.get("DATABASE_URL") or addresses.owner_url(),
        "REDIS_URL": addresses.redis_url,
        "STRIPE_API_BASE": addresses.provider_url,
    }
    print("\n".join(f"{name}={shlex.quote(os.environ.get(name) or address())}" for name, address in known.items()))
    return 0


def during(command: list[str]) -> int:
    """Run a command with the servers up, and stop afterwards what nobody else uses: the command's exit code."""
    with servers.running(leave_what_stays=True):
        process = subprocess.Popen(command)
        # Ctrl-C reaches the command by itself; the servers must outlive it. A SIGTERM is handed on.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()


def main(arguments: list[str]) -> int:
    """The exit code of the command that the arguments name."""
    plain = {"start": start, "stop": stop, "status": status, "addresses": show_addresses}
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    parser.add_argument("command", choices=[*plain, "during"])
    parser.add_argument("words", nargs=argparse.REMAINDER, help="the command of `during`")
    chosen = parser.parse_args(arguments)
    try:
        return during(chosen.words) if chosen.command == "during" else plain[chosen.command]()
    except processes.CannotStart as trouble:
        print(trouble, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
