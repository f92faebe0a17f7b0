"""Where a checkout keeps what it must not lose: the state home, and what is remembered in it."""

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from config.embedded import ports

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = "communications-credits"
# sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.
LONGEST_SOCKET = 103


def name_of(checkout: Path) -> str:
    """A folder name that no other checkout on this machine has, and that still says which one it is."""
    return f"{checkout.name[:24]}-{fingerprint(checkout)}"


def fingerprint(path: Path) -> str:
    """Eight hexadecimal digits for a path."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:8]


def folder() -> Path:
    """The state home of this checkout: CREDITS_HOME, or a folder of its own in the user's (root: the system's) data."""
    chosen = os.environ.get("CREDITS_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return data_folder(superuser=os.geteuid() == 0) / PRODUCT / name_of(ROOT)


def data_folder(*, superuser: bool) -> Path:
    """Where programs keep data: /var/lib for root, the XDG data folder for everybody else."""
    if superuser:
        # PostgreSQL refuses to run as root, and its account may not enter root's own home.
        return Path("/var/lib")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def socket_folder(home: Path) -> Path:
    """The folder of PostgreSQL's socket: in the home, or in /tmp where that path would be too long for a socket."""
    inside = home / "socket"
    if len(os.fsencode(inside / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
        return inside
    # Not tempfile.gettempdir(): two shells with another TMPDIR must find the same socket.
    return Path("/tmp") / f"credits-{os.geteuid()}-{fingerprint(home)}"  # noqa: S108


def make() -> Path:
    """The state home, made when it was missing. Through root's others may pass: PostgreSQL's account must."""
    home = folder()
    missing = [place for place in (home, *home.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(exist_ok=True)
        # Said again, because a strict umask would lock PostgreSQL's account out. Only of folders that were made here.
        place.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return home


def inner(name: str) -> Path:
    """A folder of the state home that only its owner may enter, made when it was missing."""
    place = make() / name
    place.mkdir(mode=0o700, exist_ok=True)
    return place


@dataclass(frozen=True)
class State:
    """What is chosen once per checkout and then stays: local ports, and secrets that no two installations share."""

    valkey_port: int
    valkey_password: str
    provider_port: int
    provider_key: str
    webhook_secret: str
    secret_key: str


def new_state() -> State:
    """Free ports and fresh secrets."""
    valkey, provider = ports.free(2)
    return State(
        valkey_port=valkey,
        valkey_password=secrets.token_urlsafe(24),
        provider_port=provider,
        provider_key=f"sk_test_{secrets.token_hex(16)}",
        webhook_secret=f"whsec_{secrets.token_hex(16)}",
        secret_key=secrets.token_urlsafe(50),
    )


def state() -> State:
    """What this checkout remembers; chosen and written down at the first question."""
    file = folder() / "state.json"
    try:
        return State(**json.loads(file.read_text()))
    except FileNotFoundError:
        make()
        _write(file, new_state(), place=os.link)
    except TypeError:
        # Written by an older or a newer checkout: keep what is still known, choose what is new.
        _write(file, carried_over(json.loads(file.read_text())), place=os.replace)
    return State(**json.loads(file.read_text()))


def carried_over(old: dict[str, Any]) -> State:
    """A state of today's shape with every value of another shape that still has a place in it."""
    return replace(new_state(), **{field.name: old[field.name] for field in fields(State) if field.name in old})


def remember(*, valkey_port: int | None = None, provider_port: int | None = None) -> None:
    """Another port from now on, because somebody took the remembered one."""
    old = state()
    new = replace(old, valkey_port=valkey_port or old.valkey_port, provider_port=provider_port or old.provider_port)
    _write(folder() / "state.json", new, place=os.replace)


def _write(file: Path, content: State, *, place: Callable[[str, Path], None]) -> None:
    """Put a whole file in place at once, readable by its owner only. Linking loses to whoever linked first."""
    handle, draft = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w") as stream:
        json.dump(asdict(content), stream, indent=2)
    try:
        place(draft, file)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink(missing_ok=True)
