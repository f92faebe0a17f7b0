"""Named places at which a process of the program can be made to die, fail or wait; the program knows nothing of them.

A fail point is armed by a file of its name in the folder FAILPOINTS, with `kill`, `raise` or `sleep=SECONDS` in it. The
first process that comes past takes the file away (NAME.hit), so it happens once. A file `clock` there moves the clock
that the doors read by so many seconds.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from credits import events, expiry, ledger, outcomes
from credits.gateway import StripeGateway
from credits.payments import charging, confirming
from credits.recharges import sweeping

#: As in production (credits.payments.charging, credits.gateway.client), only shorter: a lease is longer than a request
#: to the provider may take, which is longer than an answer takes. Seconds.
LEASE: Final = 4
PATIENCE: Final = 1
TIMEOUT: Final = (1, 2)
#: What a charge comes past, in this order.
CHARGE: Final = (
    "after_claim",
    "before_charge_call",
    "after_charge_before_record",
    "after_record_before_commit",
    "after_commit_before_ack",
)


class Failed(Exception):
    """What a fail point raises."""


def wrap(pass_by: Callable[[str], None]) -> None:
    """Have `pass_by` called with its name whenever this process comes past a fail point."""
    _watch(charging, "_submit", pass_by, before="after_claim")
    _watch(StripeGateway, "charge", pass_by, before="before_charge_call", after="after_charge_before_record")
    _watch(outcomes, "apply", pass_by, after="after_record_before_commit")
    _watch(charging, "_apply", pass_by, after="after_commit_before_ack")
    _watch(events, "receive", pass_by, after="webhook_after_store")
    _watch(ledger, "expire_all", pass_by, after="expiry_before_commit")
    _watch(expiry, "expire_due", pass_by, after="expiry_after_commit")


def _watch(
    owner: object, name: str, pass_by: Callable[[str], None], *, before: str | None = None, after: str | None = None
) -> None:
    real: Callable[..., Any] = getattr(owner, name)

    @wraps(real)
    def watched(*given: Any, **named: Any) -> Any:
        if before:
            pass_by(before)
        answer = real(*given, **named)
        if after:
            pass_by(after)
        return answer

    setattr(owner, name, watched)


def install() -> None:
    """Make this process obey the folder FAILPOINTS, with leases that a test can wait for."""
    folder = Path(os.environ["FAILPOINTS"])
    wrap(lambda name: _obey(folder, name))
    shorten()
    real = timezone.now

    def moved() -> datetime:
        with suppress(FileNotFoundError):
            return real() + timedelta(seconds=float((folder / "clock").read_text()))
        return real()

    timezone.now = moved


def shorten() -> None:
    """Leases and waits of seconds instead of minutes."""
    for module in (charging, confirming):
        setattr(module, "LEASE", timedelta(seconds=LEASE))  # noqa: B010  # a constant, but here
    for module, name in ((charging, "PATIENCE"), (sweeping, "_WAIT"), (events, "_PATIENCE")):
        setattr(module, name, timedelta(seconds=PATIENCE))
    settings.PROVIDER_AGAIN_SECONDS = 0.0
    StripeGateway.__init__.__kwdefaults__ = {"timeout": TIMEOUT}


def _obey(folder: Path, name: str) -> None:
    armed, hit = folder / name, folder / f"{name}.hit"
    try:
        order = armed.read_text()
        armed.rename(hit)
    except FileNotFoundError:
        return
    if order == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if order == "raise":
        raise Failed(name)
    time.sleep(float(order.removeprefix("sleep=")))
