"""Where a fault happens: the program's own worker and web server, the sandbox provider, and a hand on each of them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from unittest import mock

import httpx
from celery import Celery
from django.conf import settings
from django.db import OperationalError, connection
from django.test.utils import override_settings

from config.celery import TIMETABLE
from config.embedded import ports
from credits import gateway
from tests.faults import failpoints
from tests.journeys import processes

KEY: Final = "sk_test_sandbox"
SECRETS: Final = ("whsec_of_the_faults", "whsec_the_other")
#: What beat rings of money; a case that is about one of them rings that alone.
MONEY: Final = ("credits.events_due", "credits.give_up_due", "credits.charge_due", "credits.look_up_due")
_READY_SECONDS: Final = 40
_QUEUES: Final = "money,webhooks,imports,mail"


class Stage:
    """The processes of one run, with a provider for each case. The harness rings the bell in beat's place."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.points = folder, folder / "points"
        self.points.mkdir()
        self.web_port, self.provider_port = ports.free(2)
        self.provider_url = f"http://{ports.LOCALHOST}:{self.provider_port}"
        self.site_url = f"http://{ports.LOCALHOST}:{self.web_port}"
        self.prefix = f"faults-{self.web_port}:"
        self.env = processes.environment(
            folder,
            self.provider_url,
            DJANGO_SETTINGS_MODULE="tests.faults.settings",
            REDIS_KEY_PREFIX=self.prefix,
            STRIPE_WEBHOOK_SECRETS=",".join(SECRETS),
            SITE_URL=self.site_url,
            FAILPOINTS=str(self.points),
            EXPIRY_BRAKE_LOTS="1000",
        )
        self.bell = Celery("faults", broker=settings.REDIS_URL)
        routes = {beat.task: {"queue": beat.queue} for beat in TIMETABLE}
        self.bell.conf.update(broker_transport_options={"global_keyprefix": self.prefix}, task_routes=routes)
        self.web = httpx.Client(base_url=self.provider_url, trust_env=False)
        self.ended_at = 0.0
        for name in ("worker", "web"):
            (folder / f"{name}.log").touch()
        self._read: dict[str, int] = {}

    # --- faults ------------------------------------------------------------------------------------------------
    def arm(self, point: str, order: str = "kill") -> None:
        """The next process that comes past this point obeys."""
        (self.points / point).write_text(order)

    def was_hit(self, point: str) -> bool:
        """If a process has come past the armed point."""
        return (self.points / f"{point}.hit").exists()

    def set_clock(self, **ahead: float) -> None:
        """The clock of the program's processes, so many `days`, `hours`, `minutes` ahead."""
        seconds = sum({"days": 86400, "hours": 3600, "minutes": 60}[unit] * many for unit, many in ahead.items())
        draft = self.points / "clock.new"
        draft.write_text(str(seconds))
        draft.rename(self.points / "clock")

    def switch(self, **wanted: Any) -> None:
        """Set switches of the sandbox."""
        answer = self.web.post("/sandbox/switches", json=wanted)
        assert answer.status_code == 200, answer.text

    def over(self) -> None:
        """The fault has ended; from now on the time to exact counts."""
        self.ended_at = time.monotonic()

    # --- running -----------------------------------------------------------------------------------------------
    def ring(self, *tasks: str) -> None:
        """What beat does."""
        for task in tasks:
            self.bell.send_task(task)

    def until(self, is_so: Callable[[], bool], what: str, *, ring: Sequence[str] = MONEY, seconds: float = 30) -> None:
        """Ring again and again until it is so; an AssertionError says what never came."""
        deadline, next_ring = time.monotonic() + seconds, 0.0
        while not _asked(is_so):
            assert time.monotonic() < deadline, f"after {seconds:.0f} s still not: {what}"
            if time.monotonic() >= next_ring:
                self.ring(*ring)
                next_ring = time.monotonic() + 0.5
            time.sleep(0.05)

    def charges(self) -> list[dict[str, Any]]:
        """All charges at the provider that took money, oldest first."""
        found: list[dict[str, Any]] = self.web.get("/sandbox/charges").json()["data"]
        return found

    def deliveries(self) -> list[dict[str, Any]]:
        """Each webhook and what became of it."""
        found: list[dict[str, Any]] = self.web.get("/sandbox/deliveries").json()["data"]
        return found

    def said(self, name: str) -> str:
        """What the `worker` or the `web` server has logged in this case."""
        with (self.folder / f"{name}.log").open(errors="replace") as log:
            log.seek(self._read.get(name, 0))
            return log.read()

    def hush(self) -> None:
        """Forget every ring that no worker has heard."""
        with self.bell.connection_for_write() as broker:
            channel: Any = broker.default_channel
            for queue in _QUEUES.split(","):
                channel.queue_purge(queue)

    def close(self) -> None:
        """Hang up."""
        self.hush()
        self.web.close()
        self.bell.close()

    @contextmanager
    def case(self) -> Iterator[None]:
        """A fresh provider, no fail point armed, the right time, no bell rung, nothing said."""
        self.hush()
        for left in self.points.iterdir():
            left.unlink()
        for name in ("worker", "web"):
            self._read[name] = (self.folder / f"{name}.log").stat().st_size
        store = self.folder / f"provider-{time.monotonic_ns()}.sqlite3"
        command = ["-m", "config.embedded.provider", "--store", str(store), "--port", str(self.provider_port)]
        command += ["--secret-key", KEY, "--webhook-url", f"{self.site_url}/webhooks/stripe/"]
        command += [word for secret in SECRETS for word in ("--webhook-secret", secret)]
        gateway.connect.cache_clear()
        with (
            processes.running(command, self.env, self.folder / "provider.log"),
            override_settings(STRIPE_API_BASE=self.provider_url, STRIPE_SECRET_KEY=KEY),
            mock.patch.object(gateway.StripeGateway.__init__, "__kwdefaults__", {"timeout": failpoints.TIMEOUT}),
        ):
            _wait(lambda: self.web.get("/sandbox/switches").status_code == 200, "the provider")
            yield
        self.hush()
        gateway.connect.cache_clear()


@contextmanager
def opened(folder: Path) -> Iterator[Stage]:
    """The worker and the web server run during the block, on the test's database."""
    stage = Stage(folder)
    worker = ["-m", "tests.faults.worker", "--queues", _QUEUES, "--concurrency", "2", "--loglevel", "INFO"]
    worker += ["--without-gossip", "--without-mingle"]
    web = ["-m", "granian", "--interface", "wsgi", "--host", ports.LOCALHOST, "--port", str(stage.web_port), "--no-ws"]
    web += ["--workers", "1", "--blocking-threads", "4", "--respawn-failed-workers", "tests.faults.site:application"]
    with ExitStack() as stack:
        for name, command in (("worker", worker), ("web", web)):
            stack.enter_context(processes.running(command, stage.env, folder / f"{name}.log"))
        _wait(lambda: "ready." in (folder / "worker.log").read_text(), "the worker")
        _wait(lambda: httpx.get(f"{stage.site_url}/accounts/login/").status_code < 500, "the web server")
        stack.callback(stage.close)
        yield stage


def _wait(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        with suppress(httpx.TransportError):
            if is_so():
                return
        assert time.monotonic() < deadline, f"{what} does not come up"
        time.sleep(0.05)


def _asked(is_so: Callable[[], bool]) -> bool:
    """A server that is being restarted answers later."""
    try:
        return is_so()
    except OperationalError:
        connection.close()
        return False
