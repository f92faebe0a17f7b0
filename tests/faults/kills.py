"""A worker killed at random moments of a charge, many times in each window between two neighbouring fail points."""

import os
import random
import signal
import statistics
import struct
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from django.db import connection, connections
from django.utils import timezone

from config.celery import app
from credits import gateway, payments, recharges, tasks
from credits.models import Account, Lot
from tests import factories
from tests.faults import books, failpoints
from tests.faults.stage import Stage

_WORDS: Final = ("claim", "call", "answer", "record", "commit", "ack")
WINDOWS: Final = tuple(f"{first} - {second}" for first, second in pairwise(_WORDS))
_END: Final = len(failpoints.CHARGE)
#: What a worker says of itself when it comes past a point: which, and when (nanoseconds).
_WORD: Final = struct.Struct("=Bq")
#: So many undisturbed charges say how long the windows are.
_UNDISTURBED: Final = 5
#: A window is tried so many times more often than it is to be hit, at most.
_PATIENCE: Final = 6
EXPLAINED: Final = f"""\
`script/faults kills`: a process that charges one account is killed (-9) at a random moment of one of the windows
{", ".join(WINDOWS)}.
Which window it really died in is told by the last fail point that it came past. No webhook is sent. Afterwards what is
in flight is looked up once its lease is over. *then* = the provider's charges at the moment after the kill; *charges*
and *lots* = when all was looked up; each account is to have one of both."""


@dataclass(frozen=True, slots=True)
class Found:
    """By window: how many died in it, how many of them had been charged by then, and what there was in the end."""

    kills: Counter[str]
    then: Counter[str]
    charges: Counter[str]
    lots: Counter[str]
    double: Counter[str]
    missing: Counter[str]
    undisturbed: int
    seconds: float
    wrong: str = ""

    @property
    def is_exact(self) -> bool:
        return not self.wrong and not self.double and not self.missing


def histogram(found: Found) -> str:
    """A row for each window."""
    lines = ["| window | kills | then | charges | lots | double | missing | |", "|---|---|---|---|---|---|---|---|"]
    most = max(found.kills.values(), default=1)
    columns = (found.kills, found.then, found.charges, found.lots, found.double, found.missing)
    for window in WINDOWS:
        bar = "#" * round(20 * found.kills[window] / most)
        lines.append(f"| {window} | {' | '.join(str(column[window]) for column in columns)} | {bar} |")
    lines.append(f"| together | {' | '.join(str(column.total()) for column in columns)} | |")
    verdict = f"Not exact: {found.wrong}" if not found.is_exact else "Exact"
    return "\n".join(lines) + (
        f"\n\n{verdict}: every check is empty, and the provider's list is ours. {found.undisturbed} more charges were"
        f" not hit in time. All of it took {found.seconds:.0f} s."
    )


def run(times: int, folder: Path, *, seed: int = 1) -> Found:
    """So many kills in each window, then the recovery and every check."""
    begun, stage = time.monotonic(), Stage(folder)
    chooser = random.Random(seed)  # noqa: S311  # no secret
    with closing(stage), stage.case():
        stage.switch(webhooks="lost")
        died = _kill_in_every_window(stage, times, chooser)
        charged = Counter(charge["customer"] for charge in stage.charges())
        _recover()
        wrong = ""
        try:
            books.demand_exact(stage)
        except AssertionError as error:
            wrong = str(error)
        return _counted(stage, died, charged, time.monotonic() - begun, wrong)


def _kill_in_every_window(stage: Stage, times: int, chooser: random.Random) -> dict[int, str]:
    """The accounts with the window in which their worker died; "" when it came to its end first."""
    runs = [_charge_once(_next(stage, number), None, 0.0) for number in range(-_UNDISTURBED, 0)]
    lengths = [statistics.median(run[place + 1] - run[place] for run in runs) / 1e9 for place in range(_END)]
    died: dict[int, str] = {}
    hits: Counter[str] = Counter()
    for place, window in enumerate(WINDOWS):
        for _ in range(_PATIENCE * times):
            if hits[window] >= times:
                break
            account = _next(stage, len(died))
            passed = _charge_once(account, place, chooser.uniform(0, lengths[place]))
            died[account.pk] = "" if _END in passed else WINDOWS[max(passed)]
            hits[died[account.pk]] += 1
    return died


def _next(stage: Stage, number: int) -> Account:
    organization = factories.OrganizationFactory.create(slug=f"kill-{number + _UNDISTURBED}")
    factories.AccountFactory.create(organization=organization)
    account = books.account_of(stage, organization, "success")
    books.spend(account)
    return account


def _charge_once(account: Account, window: int | None, delay: float) -> dict[int, int]:
    """A worker of its own that makes what is due, killed so long (seconds) after it entered the window.

    The moments (nanoseconds) at which it came past the points.
    """
    connection.close()
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        _work(write, f"kills-{account.pk}:")
    os.close(write)
    passed: dict[int, int] = {}
    with os.fdopen(read, "rb", buffering=0) as words:
        while word := words.read(_WORD.size):
            point, at = _WORD.unpack(word)
            passed.setdefault(point, at)
            if point == window:
                time.sleep(delay)
                os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return passed


def _work(write: int, prefix: str) -> None:
    """The child: one sweep of the money worker, which says where it is."""
    try:
        # A line of its own to the database, whichever the parent had: what both prepared would be there twice.
        del connections[connection.alias]
        gateway.connect.cache_clear()  # a line of its own to the provider
        app.conf.broker_transport_options = {**app.conf.broker_transport_options, "global_keyprefix": prefix}
        place = {name: number for number, name in enumerate(failpoints.CHARGE)}
        failpoints.wrap(lambda name: _say(write, place.get(name)))
        tasks.charge_due()
        _say(write, _END)
    finally:
        os._exit(0)


def _say(write: int, point: int | None) -> None:
    if point is not None:
        os.write(write, _WORD.pack(point, time.monotonic_ns()))


def _recover() -> None:
    """What the sweeps do once the leases are over."""
    later = timezone.now() + payments.LEASE + timedelta(minutes=1)
    while payments.look_up_due(now=later) + recharges.charge_due(now=later):
        pass


def _counted(stage: Stage, died: dict[int, str], charged: Counter[str], seconds: float, wrong: str) -> Found:
    now_charged = Counter(charge["customer"] for charge in stage.charges())
    lots = Counter(Lot.objects.filter(kind="purchase").values_list("account_id", flat=True))
    columns: list[Counter[str]] = [Counter() for _ in range(6)]
    accounts = Account.objects.in_bulk(list(died))
    for pk, window in died.items():
        charges = now_charged[accounts[pk].customer_ref]
        double, missing = charges > 1 or lots[pk] > 1, charges < 1 or lots[pk] < 1
        figures = (1, charged[accounts[pk].customer_ref], charges, lots[pk], int(double), int(missing))
        for column, figure in zip(columns, figures, strict=True):
            if window and figure:
                column[window] += figure
    kills, then, charges_in_all, lots_in_all, twice, never = columns
    undisturbed = list(died.values()).count("")
    return Found(kills, then, charges_in_all, lots_in_all, twice, never, undisturbed, seconds, wrong)
