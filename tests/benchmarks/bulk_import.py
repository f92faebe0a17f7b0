"""A million calls, from the file to charged, beside raw COPY of the same final rows into the same tables."""

import json
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
from django.db import connections
from django.utils import timezone

from config.embedded import addresses
from rating import backfill, decks
from rating.decks import Publication
from rating.models import RateDeck
from subscriptions import catalogue
from subscriptions.models import Licence, Organization, Plan, Subscriber
from tests.benchmarks import books, calls_file, figures, place, rounds
from tests.benchmarks.figures import Curve, Goal, Report, Sample, summarize
from tests.rating import cast as rates

ROWS: Final = 1_000_000
SLUG: Final = "bench-1"
_LOTS, _AMOUNT = 50, 100_000
#: What an import leaves, in the order in which keys allow to copy it.
_LEFT: Final = {
    "rating_usagefile": "TABLE rating_usagefile",
    "credits_journal": "SELECT * FROM credits_journal WHERE kind = 'usage' ORDER BY id",
    "credits_entry": "SELECT * FROM credits_entry WHERE amount < 0 ORDER BY id",
    "rating_usagerecord": "SELECT * FROM rating_usagerecord ORDER BY id",
}
BEFORE, RAW = "bench_before", "bench_raw"


def run(plan: figures.Plan) -> Report:
    """Rows a second against rows a second; the longest transaction; the memory of files of several sizes."""
    now, rows = timezone.now(), plan.of(ROWS)
    prepare(now)
    connections.close_all()
    clone(BEFORE, place.DATABASE)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = calls_file.write(Path(folder) / "calls.csv", rows, until=now)
            # The first reference may run before the first of ours, and copies what an import has left.
            found = [imported(path)]
            pairs = rounds.alternate(plan, lambda _: _ours(path, found), lambda _: _raw(rows))
            longest = max(one["longest"] for one in found)
            sizes = [(one, imported(_other(Path(folder), one, now))) for one in _sizes(plan, rows)]
        notes = [f"The longest transaction of the imports took {longest:.3f} s (goal: at most 0.5 s)."]
        table = [(f"{size:,}", f"{one['peak'] / 2**20:,.0f}", f"{size / one['seconds']:,.0f}") for size, one in sizes]
        curve = Curve("The memory of one import, by the calls of the file", ("calls", "MiB", "calls/s"), table)
        return Report([summarize("bulk_import", "calls/s", pairs, goal=Goal(0.9))], [curve], notes)
    finally:
        drop(BEFORE, RAW)


def prepare(now: datetime) -> None:
    """One organization with people, licences, rates, and lots enough for every call."""
    catalogue.seed()
    books.open_accounts(1, lots=_LOTS, amount=_AMOUNT, at=now, expires_at=now + timedelta(days=365))
    organization = Organization.objects.get(slug=SLUG)
    plan = Plan.objects.get(code="MCOPSTN1")
    people = Subscriber.objects.bulk_create(
        Subscriber(organization=organization, upn=f"person{number}@bench.example", usage_location="US", created_at=now)
        for number in range(calls_file.PEOPLE)
    )
    Licence.objects.bulk_create(Licence(subscriber=person, plan=plan) for person in people)
    wanted = Publication(
        service=RateDeck.Service.OUTBOUND, currency="USD", effective_on=rates.SAMPLE_DAY, name=rates.OUTBOUND.stem
    )
    decks.publish(rates.OUTBOUND, wanted, now=now)


def imported(path: Path, *, pace: backfill.Pace = backfill.ALONE, fresh: bool = True) -> dict[str, Any]:
    """What tests.benchmarks.importing says of an import, into a database as it was prepared."""
    if fresh:
        connections.close_all()
        clone(place.DATABASE, BEFORE)
    command = [sys.executable, "-m", "tests.benchmarks.importing", str(path), SLUG, str(pace.step), str(pace.lanes)]
    done = subprocess.run(command, cwd=place.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def raw(rows: int) -> float:
    """How many rows a second plain COPY writes of what the last import left, into a database as it was prepared."""
    with psycopg.connect(_url(place.DATABASE)) as server:
        left = {table: _out(server, query) for table, query in _LEFT.items()}
    clone(RAW, BEFORE)
    with psycopg.connect(_url(RAW), autocommit=True) as server:
        begun = time.monotonic()
        for table, data in left.items():
            with server.cursor().copy(f"COPY {table} FROM STDIN") as stream:
                stream.write(data)
        return rows / (time.monotonic() - begun)


def _ours(path: Path, found: list[dict[str, Any]]) -> Sample:
    found.append(imported(path))
    return Sample(found[-1]["rows"] / found[-1]["seconds"], found[-1]["rows"])


def _raw(rows: int) -> Sample:
    return Sample(raw(rows), rows)


def _out(server: psycopg.Connection, query: str) -> bytes:
    with server.cursor().copy(f"COPY ({query}) TO STDOUT") as stream:
        return b"".join(bytes(piece) for piece in stream)


def _sizes(plan: figures.Plan, rows: int) -> list[int]:
    return [rows // 10, rows, rows * 5] if plan.large else [rows // 10, rows]


def _other(folder: Path, rows: int, now: datetime) -> Path:
    return calls_file.write(folder / f"calls-{rows}.csv", rows, until=now)


def _url(database: str) -> str:
    return urlsplit(addresses.owner_url())._replace(path=f"/{database}").geturl()


def clone(name: str, template: str) -> None:
    """Make the database anew, with all that the other one has."""
    with psycopg.connect(addresses.owner_url(), autocommit=True) as server:
        place.drop(server, name)
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")


def drop(*names: str) -> None:
    """Remove the databases."""
    with psycopg.connect(addresses.owner_url(), autocommit=True) as server:
        for name in names:
            place.drop(server, name)
