"""The demo's past: calls come in and are charged on the evening of their day, and living twice is living once."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from config.demo import days
from config.embedded.provider.calls import Settings
from config.embedded.provider.server import Provider
from rating.models import UsageFile, UsageRecord
from subscriptions.models import Activity, Organization
from tests.rating.cast import DATA

NOW = datetime(2026, 9, 5, 12, tzinfo=UTC)


def export(folder: Path, *starts: str) -> Path:
    """Incoming calls, which are free, that begin at these instants."""
    with (DATA / "usage-contoso-2026-09-10.csv").open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines)
        rows = [row for row in table if row["Call Type"] == "user_in"][: len(starts)]
    usage = folder / "usage.csv"
    with usage.open("w", encoding="utf-8", newline="") as lines:
        written = csv.DictWriter(lines, table.fieldnames or ())
        written.writeheader()
        for row, start in zip(rows, starts, strict=True):
            written.writerow(row | {"Start Time": start, "End Time": start, "Duration Seconds": "0"})
    return usage


def test_a_call_after_the_evening_comes_with_those_of_the_next_day(contoso: Organization, tmp_path: Path) -> None:
    usage = export(tmp_path, "2026-09-01T21:29:59+00:00", "2026-09-01T21:30:00+00:00", "2026-09-02T08:00:00+00:00")

    calls = days.read(usage, contoso)

    assert {day: len(rows) for day, rows in calls.by_day.items()} == {date(2026, 9, 1): 1, date(2026, 9, 2): 2}


@pytest.mark.django_db(transaction=True)
def test_calls_are_charged_on_their_evening_once(contoso: Organization, tmp_path: Path) -> None:
    calls = days.read(export(tmp_path, "2026-09-01T09:00:00+00:00", "2026-09-03T09:00:00+00:00"), contoso)
    clock = days.Clock(NOW)

    days.live([calls], clock=clock, now=NOW)
    lived = list(UsageRecord.objects.order_by("pk").values())
    days.live([calls], clock=clock, now=NOW)

    evenings = [datetime(2026, 9, day, 21, 30, tzinfo=UTC) for day in (1, 3)]
    assert [row["charged_at"] for row in lived] == [row["received_at"] for row in lived] == evenings
    assert list(UsageRecord.objects.order_by("pk").values()) == lived
    assert UsageFile.objects.count() == Activity.objects.filter(action="usage.imported").count() == 2
    assert clock.now == NOW


def test_the_provider_lives_through_the_same_past(tmp_path: Path) -> None:
    clock = days.Clock(datetime(2026, 9, 1, 21, 30, tzinfo=UTC))
    settings = Settings(store=tmp_path / "provider.sqlite3")

    with Provider(settings, clock=clock) as provider, httpx.Client(trust_env=False) as web:
        web.headers["Authorization"] = f"Bearer {settings.secret_key}"
        made = [web.post(f"{provider.url}/v1/customers").json()["created"]]
        clock.now = NOW
        made.append(web.post(f"{provider.url}/v1/customers").json()["created"])

    assert made == [datetime(2026, 9, 1, 21, 30, tzinfo=UTC).timestamp(), NOW.timestamp()]
