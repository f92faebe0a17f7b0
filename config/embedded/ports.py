"""Ports on this machine: which are free, and what to say when one is not."""

import random
import socket

LOCALHOST = "127.0.0.1"
# Above what well-known servers use, and below what the system hands out to outgoing connections.
CHOICE = range(21000, 29000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the local machine now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do it: a port whose last connections are still fading away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    # macOS lets us bind although somebody listens on every address; he would answer, though.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.settimeout(1)
        return caller.connect_ex((LOCALHOST, port)) != 0


def free(count: int) -> list[int]:
    """So many different free ports, picked at random so that two checkouts hardly ever pick the same."""
    found: list[int] = []
    for port in random.sample(CHOICE, len(CHOICE)):
        if len(found) == count:
            break
        if is_free(port):
            found.append(port)
    return found


def busy_message(port: int, *, purpose: str, variable: str) -> str:
    """What to tell somebody whose port is taken: which, what for, and the variable that chooses another."""
    other = port + 1 if port < 65535 else port - 1
    return (
        f"Port {port} on {LOCALHOST} is busy, and the {purpose} needs it. "
        f"Stop what listens there, or choose another port: {variable}={other} script/run"
    )
