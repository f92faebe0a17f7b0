"""The program's own processes for a journey: a worker, beat and the sandbox provider on the test's database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection


def database_url() -> str:
    """The address of the database this test uses, as the role the program runs as."""
    config = settings.DATABASE_PROGRAM
    where = config["OPTIONS"].get("host") or config["HOST"]
    port = config["OPTIONS"].get("port") or config["PORT"] or 5432
    password = f":{quote(config['PASSWORD'])}" if config["PASSWORD"] else ""
    name = connection.settings_dict["NAME"]
    return f"postgresql://{config['USER']}{password}@/{name}?host={quote(where, safe='/')}&port={port}"


def environment(folder: Path, provider_url: str, **more: str) -> dict[str, str]:
    """What the processes need to know: this test's database, queues, mail folder and provider."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url(),
        "DATABASE_OWNER_URL": "",
        "REDIS_URL": settings.REDIS_URL,
        "REDIS_KEY_PREFIX": f"{settings.REDIS_KEY_PREFIX}journey:",
        "EMAIL_URL": f"filemail:///{folder}/mail",
        "STRIPE_API_BASE": provider_url,
        "STRIPE_SECRET_KEY": "sk_test_sandbox",
        "SWEEP_SECONDS": "1",
        **more,
    }


@contextmanager
def running(command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own; ended with its children when the test leaves."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # our own program
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)


@contextmanager
def worker_and_beat(env: dict[str, str], folder: Path) -> Iterator[None]:
    """One Celery worker of two processes for every queue, and beat with its timetable in the database."""
    celery = ["-m", "celery", "--app", "config"]
    queues = "money,webhooks,imports,mail"
    worker = [*celery, "worker", "--queues", queues, "--concurrency", "2", "--loglevel", "INFO"]
    with (
        running(worker, env, folder / "worker.log"),
        running(
            [*celery, "beat", "--pidfile", "", "--loglevel", "INFO", "--max-interval", "1"], env, folder / "beat.log"
        ),
    ):
        yield


def until(is_so: Callable[[], bool], *, seconds: float, what: str, every: float = 0.2) -> None:
    """Wait until something is so; an AssertionError says what never came."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(every)
