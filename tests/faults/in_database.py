"""PostgreSQL that loses a backend, or is restarted; on a server of its own."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Final

import psycopg
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from config.embedded import addresses, postgres
from credits import ledger
from credits.models import Account
from subscriptions.models import Organization
from tests import factories
from tests.benchmarks import calls_file
from tests.faults import books, test_import_killed
from tests.faults.case import Case
from tests.faults.stage import MONEY, Stage
from tests.rating import cast

_KILLS: Final = 5
_CENT: Final = Decimal("0.01")


def backend_killed(stage: Stage) -> None:
    """A backend dies five times among debits and a recharge; the whole server starts again each time."""
    account = books.contoso(stage)
    books.spend(account)
    chooser = random.Random(20)  # noqa: S311  # no secret
    with _debiting(account) as booked:
        for _ in range(_KILLS):
            stage.ring(*MONEY)
            time.sleep(chooser.uniform(0.2, 0.8))
            _kill_a_backend(chooser)
        stage.over()
    connection.close()
    stage.until(lambda: books.is_quiet() and bool(books.states(account)), "recharged")
    stage.until(lambda: account.journals.filter(kind="usage").count() == booked() + 1, "all debits are booked", ring=())
    assert books.states(account) == ["succeeded"]
    assert books.balance(account) == books.CHARGED - booked() * _CENT


def _kill_a_backend(chooser: random.Random) -> None:
    with suppress(psycopg.Error), psycopg.connect(addresses.superuser_url(), connect_timeout=5) as server:
        pids = server.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchall()
        if pids:
            os.kill(chooser.choice(pids)[0], signal.SIGKILL)


@contextmanager
def _debiting(account: Account) -> Iterator[Callable[[], int]]:
    """A cent every few milliseconds, each under its own key until it is booked; answers how many were."""
    done, over = 0, threading.Event()

    def debit() -> None:
        nonlocal done
        while not over.is_set():
            try:
                with suppress(ledger.AlreadyBooked):  # the commit was done, and its answer lost
                    books.spend(account, _CENT, key=f"cent:{done}")
                done += 1
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(0.05)
        connection.close()

    thread = threading.Thread(target=debit)
    thread.start()
    try:
        yield lambda: done
    finally:
        over.set()
        thread.join(30)


def restarted_while_importing(stage: Stage) -> None:
    """Ordered down and cut off, each in the middle of an import, which is then started again."""
    now = timezone.now()
    cast.publish(cast.OUTBOUND, "outbound")
    path = calls_file.write(stage.folder / "calls.csv", test_import_killed.ROWS, until=now)
    for organization in (factories.tailspin(), factories.northwind()):
        test_import_killed.people(organization, now)
    test_import_killed.finish(path, "tailspin", stage.folder)
    for number, stop in enumerate((_stop, _cut_off), start=1):
        process = test_import_killed.start(path, "northwind", stage.folder)
        calls = Organization.objects.get(slug="northwind").usage_records
        while calls.count() < number * test_import_killed.ROWS // 4 and process.poll() is None:
            time.sleep(0.02)
        stop()
        process.communicate(timeout=120)
    stage.over()
    connection.close()
    test_import_killed.finish(path, "northwind", stage.folder)
    undisturbed, disturbed = (_outcome(slug) for slug in ("tailspin", "northwind"))
    assert undisturbed == disturbed
    stage.until(_worker_is_back, "the worker has connected again")


def _outcome(slug: str) -> dict[str, object]:
    return test_import_killed.outcome(Organization.objects.get(slug=slug))


def _worker_is_back() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = %s",
            [addresses.PROGRAM],
        )
        found: int = cursor.fetchone()[0]
    return found > 0


def _stop() -> None:
    """pg_ctl restart -m fast."""
    connection.close()
    postgres.stop()
    postgres.start()


def _cut_off() -> None:
    """As -m immediate does: nothing is written down, and the next start repairs it."""
    connection.close()
    first = (Path(postgres.data_folder()) / "postmaster.pid").read_text().split("\n", 1)[0]
    os.kill(int(first), signal.SIGQUIT)
    while not postgres.has_ended():
        time.sleep(0.05)
    postgres.start()


CASES: Final = {
    "F20": Case("kill -9 of a backend, five times among debits", "the server repairs itself; all debits, one charge",
                backend_killed, own_server=True),
    "F21": Case("restart in the middle of an import, fast and immediate", "resumes, counts exact; nobody is restarted",
                restarted_while_importing, own_server=True),
}  # fmt: skip
