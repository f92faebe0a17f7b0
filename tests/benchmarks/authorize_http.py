"""May this call begin? Asked over HTTP by 8 clients, beside a view that checks the same key and inserts one row."""

import http.client
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Final

from django.db import connection
from django.utils import timezone

from config.embedded import ports
from config.embedded.ports import LOCALHOST
from rating.models import CallSession
from subscriptions import catalogue, keys
from subscriptions.models import Licence, Organization, Plan, Subscriber
from tests.benchmarks import books, figures, fleet, place, rounds
from tests.benchmarks.figures import Goal, Report, Sample, percentile, summarize
from tests.benchmarks.fleet import Prepare, Step
from tests.benchmarks.http_urls import TABLE
from tests.rating import cast

ORGANIZATIONS: Final = 200
CLIENTS: Final = 8
_UPN: Final = "caller@bench.example"
_WORKERS: Final = "2"
_THREADS: Final = "4"
_clients = count()


def run(plan: figures.Plan) -> Report:
    """Requests a second against requests a second, and the slowest hundredth of each."""
    secrets = _prepare()
    with (
        _site() as port,
        fleet.processes(CLIENTS, _client(port, "/api/v1/calls", secrets)) as ours,
        fleet.processes(CLIENTS, _client(port, "/bench/reference", secrets)) as theirs,
    ):
        pairs = rounds.alternate(plan, lambda _: ours.run(plan.seconds), lambda _: theirs.run(plan.seconds))
    held = CallSession.objects.filter(hold__isnull=False).count()
    if held < sum(ours.n for ours, _ in pairs):
        raise RuntimeError(f"{held} sessions have a hold, fewer than were counted")
    slowest = [(_slowest(ours), _slowest(theirs)) for ours, theirs in pairs]
    return Report(
        [
            summarize("authorize_http", "requests/s", pairs, goal=Goal(0.5)),
            summarize("authorize_http_p99", "ms", slowest, goal=Goal(3, at_least=False)),
        ],
        notes=[f"granian, {_WORKERS} workers of {_THREADS} threads; {ORGANIZATIONS} organizations, each with its key."],
    )


def _slowest(sample: Sample) -> Sample:
    return Sample(percentile(sample.latencies, 0.99) or 0.0, sample.n, sample.latencies)


def _prepare() -> list[str]:
    """Organizations with credit, a key, and a subscriber whose calls abroad need credit. Their secrets."""
    catalogue.seed()
    now = timezone.now()
    cast.deck({"33 FR": "0.05", "44 GB": "0.015"})
    books.open_accounts(ORGANIZATIONS, lots=3, amount=1_000_000, at=now, expires_at=now + timedelta(days=365))
    organizations = list(Organization.objects.order_by("pk"))
    people = Subscriber.objects.bulk_create(
        Subscriber(organization=one, upn=_UPN, usage_location="US", created_at=now) for one in organizations
    )
    for licence in Plan.objects.filter(code__in=["MCOPSTN1", "MCOPSTNPP"]):
        Licence.objects.bulk_create(Licence(subscriber=person, plan=licence) for person in people)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, organization_id bigint, body text)")
    return [keys.make(one, "bench", [keys.Scope.CALLS], actor=None, now=now)[1] for one in organizations]


@contextmanager
def _site() -> Iterator[int]:
    """The product on granian, with the reference view beside it; the port on which it listens."""
    (port,) = ports.free(1)
    options = ["--interface", "wsgi", "--host", LOCALHOST, "--port", str(port), "--no-ws"]
    more = ["--workers", _WORKERS, "--blocking-threads", _THREADS, "--no-log"]
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.http_site",
        "DATABASE_URL": place.database_url(),
        "DATABASE_OWNER_URL": place.database_url(),
    }
    command = [sys.executable, "-m", "granian", *options, *more, "config.wsgi:application"]
    site = subprocess.Popen(command, cwd=place.ROOT, env=env)
    try:
        _wait(port)
        yield port
    finally:
        site.terminate()
        site.wait(20)


def _wait(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            connected = http.client.HTTPConnection(LOCALHOST, port, timeout=5)
            connected.request("GET", "/api/v1/openapi.json")
            if connected.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the site does not answer")


def _client(port: int, address: str, secrets: list[str]) -> Prepare:
    def prepare(number: int) -> Step:
        chooser = random.Random(number)  # noqa: S311  # no secret
        name, numbers = f"{next(_clients)}-{number}-{os.getpid()}", count()
        kept = http.client.HTTPConnection(LOCALHOST, port, timeout=30)

        def step() -> int:
            body = {
                "session": f"{name}-{next(numbers)}",
                "call_type": "user_out",
                "destination": f"+33{chooser.randrange(10**8, 10**9)}",
                "started_at": timezone.now().isoformat(),
                "upn": _UPN,
                "requested_seconds": 300,
            }
            headers = {"Authorization": f"Bearer {chooser.choice(secrets)}", "Content-Type": "application/json"}
            kept.request("POST", address, json.dumps(body), headers)
            answer = kept.getresponse()
            said = answer.read()
            if answer.status != 200 or b'"allowed": false' in said or b'"allowed":false' in said:
                raise RuntimeError(f"{answer.status}: {said[:200]!r}")
            return 1

        return step

    return prepare
