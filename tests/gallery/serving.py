"""The whole product with its demo, on servers, ports and a state home of its own; gone afterwards."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from config.embedded import home, ports

#: Seconds until the demo is loaded and the site answers.
PATIENCE: Final = 300
_NOT_OURS: Final = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "STRIPE_API_BASE", "STRIPE_SECRET_KEY")


@contextmanager
def demo() -> Iterator[str]:
    """The address of a site whose usage has been charged. Sets the environment, so that Django reads the same rows."""
    folder = Path(tempfile.mkdtemp(prefix="credits-gallery-", dir="/tmp"))  # PostgreSQL's account enters
    folder.chmod(0o711)
    site, provider = ports.free(2)
    for name in _NOT_OURS:
        os.environ.pop(name, None)
    os.environ |= {"CREDITS_HOME": str(folder), "PORT": str(site), "PROVIDER_PORT": str(provider)}
    running = subprocess.Popen([sys.executable, "-m", "config.embedded.supervisor"], cwd=home.ROOT)
    try:
        address = f"http://127.0.0.1:{site}"
        _wait(running, address)
        subprocess.run([sys.executable, "manage.py", "sweep"], cwd=home.ROOT, check=True)
        yield address
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(running: "subprocess.Popen[bytes]", address: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and running.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/accounts/login/", timeout=5) as answer:  # noqa: S310  # nosec B310
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            time.sleep(0.5)
    raise RuntimeError("the demo does not answer")
