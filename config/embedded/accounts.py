"""The account that PostgreSQL runs as: the user himself, but for root another one, because PostgreSQL refuses root.

No permission of a folder that is not ours is changed: what the account cannot reach is copied to where it can.
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

from config.embedded import home

NAME = "credits-postgres"


def separate() -> pwd.struct_passwd | None:
    """The account to change to: None for an ordinary user; for root a system account without a shell, made once."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        pass
    if shutil.which("useradd") is None:
        return pwd.getpwnam("nobody")
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    subprocess.run([*command, NAME], check=True, capture_output=True, text=True)
    return pwd.getpwnam(NAME)


def options() -> dict[str, Any]:
    """What subprocess needs to run a program as the account, with nothing of root's left."""
    account = separate()
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def own(folder: Path) -> Path:
    """The folder, made when missing, for the account only. Raises SystemExit (a sentence) if somebody else owns it."""
    account = separate()
    owner = os.geteuid() if account is None else account.pw_uid
    if not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    if folder.is_symlink() or folder.stat().st_uid != owner:
        raise SystemExit(f"{folder} belongs to somebody else. Remove it, or choose another home with CREDITS_HOME.")
    return folder


def can_run(program: Path) -> bool:
    """Whether the account may execute this program: asked by doing it."""
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, cwd="/", **options())
    except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
        return False
    return True


def demand_passage(folder: Path) -> None:
    """Raises SystemExit with a sentence when the account may not pass through to this folder."""
    if separate() is None:
        return
    seen = subprocess.run(["test", "-x", folder], cwd="/", check=False, **options())
    if seen.returncode != 0:
        raise SystemExit(
            f"PostgreSQL does not run as root, and its account {NAME} may not enter {folder}. "
            "Choose a folder that every user may pass through: CREDITS_HOME=/var/lib/communications-credits/here"
        )


def reachable(package: Path, program: str, *, leave_out: str) -> Path:
    """The package's folder, or a copy of it in the state home when the account may not run its program from there.

    A wheel keeps the libraries of its programs beside the package, so they go along.
    """
    if can_run(package / program):
        return package
    copy = home.make() / "programs" / package.name
    if not can_run(copy / program):
        shutil.rmtree(copy.parent, ignore_errors=True)
        ignored = shutil.ignore_patterns(leave_out, "__pycache__")
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, copy.with_name(part.name), symlinks=True, ignore=ignored)
        _open_to_all(copy.parent)
    return copy


def _open_to_all(folder: Path) -> None:
    """Let everybody read the copy (never the original), and run what its owner may run."""
    for place in (folder, *folder.rglob("*")):
        if not place.is_symlink():
            runs = place.is_dir() or place.stat().st_mode & 0o100
            place.chmod(0o755 if runs else 0o644)
