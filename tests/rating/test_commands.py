"""The doors: what they say, what they refuse, and that they ring."""

import json
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from rating import tasks
from rating.management.commands import import_rates, import_usage
from rating.models import RateDeck, UsageRecord
from subscriptions.models import Organization
from tests.rating import cast
from tests.rating.cast import INBOUND, row

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sweeps that were rung, in order."""
    found: list[str] = []
    for door in (import_rates, import_usage, tasks):
        monkeypatch.setattr(door, "ring", lambda *names: found.extend(names))
    return found


def run(*words: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_import_usage_tells_what_it_took(tailspin: Organization, tmp_path: Path, rung: list[str]) -> None:
    path = cast.usage_file(tmp_path, [row(1), row(2, Currency="EUR")])

    out, err = run("import_usage", str(path), "--organization", "tailspin")

    assert out == "2 rows: 1 new, 0 already there, 1 quarantined\n"
    assert err == "line 3, Currency, 'EUR': expected USD, the organization's currency\n"
    assert rung == ["rating.rate_due"]


def test_import_usage_refuses_in_words(tailspin: Organization, tmp_path: Path) -> None:
    zipped = tmp_path / "export.zip"
    zipped.write_bytes(b"PK\x03\x04")

    with pytest.raises(CommandError, match="unzip it first"):
        run("import_usage", str(zipped), "--organization", "tailspin")
    with pytest.raises(CommandError, match="No such file"):
        run("import_usage", str(tmp_path / "none.csv"), "--organization", "tailspin")
    with pytest.raises(CommandError, match="no organization is called nobody"):
        run("import_usage", str(zipped), "--organization", "nobody")


def test_import_rates_takes_the_day_from_the_name(db: None, rung: list[str]) -> None:
    words = ("import_rates", str(INBOUND), "--service", "inbound_toll_free", "--sample")

    first, second = run(*words)[0], run(*words)[0]

    assert first == "inbound-toll-free-2025-10-15: 16 rates from 2025-10-15, published\n"
    assert second == "inbound-toll-free-2025-10-15: 16 rates from 2025-10-15, already there\n"
    assert RateDeck.objects.get().sample
    assert "rating.rate_due" in rung


def test_import_rates_prints_every_ruined_line(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deck-2026-01-01.csv"
    path.write_text(
        "Destination Name,Destination Type,Country,Prefix,Price / min\nA,mobile,ZA,2.77724E+11,1\nB,mobile,ZA,27,-1\n",
        encoding="utf-8",
    )
    err = StringIO()

    with pytest.raises(CommandError, match="2 lines are not sound"):
        call_command("import_rates", str(path), "--service", "outbound", stderr=err)

    assert [line[:6] for line in err.getvalue().splitlines()] == ["line 2", "line 3"]
    assert not RateDeck.objects.exists()


def test_import_rates_asks_for_a_day(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--effective"):
        run("import_rates", str(tmp_path / "deck.csv"), "--service", "outbound")
    with pytest.raises(CommandError, match="not a currency"):
        run("import_rates", str(INBOUND), "--service", "outbound", "--currency", "usd")


def test_a_new_deck_wakes_the_calls_that_wait(
    tailspin: Organization, tmp_path: Path, now: datetime, rung: list[str]
) -> None:
    record = cast.taken(tailspin, tmp_path, Call_Type="ucap_in", Number_Type="toll-free")
    tasks.rate_due()

    run("import_rates", str(INBOUND), "--service", "inbound_toll_free")

    record.refresh_from_db()
    assert (record.state, record.due_at) == (UsageRecord.State.WAITING, now)


def test_the_sweep_rings_what_follows(tailspin: Organization, tmp_path: Path, rung: list[str]) -> None:
    cast.take(tailspin, tmp_path, *(row(number, Call_Type="user_in") for number in range(1, 103)))

    moved = [tasks.rate_due() for _ in range(3)]

    assert moved == [100, 2, 0]
    follow = ["credits.charge_due", "notifications.deliver_due"]
    assert rung == [*follow, "rating.rate_due", *follow]


def test_usage_summary_counts_every_row_once(tailspin: Organization, tmp_path: Path) -> None:
    cast.deck({"44 GB": "0.0155"})
    cast.take(tailspin, tmp_path, row(1), row(2, Call_Type="user_in"), row(3, Currency="EUR"), name="one.csv")
    tasks.rate_due()
    cast.take(tailspin, tmp_path, row(4), name="two.csv")

    out, _ = run("usage_summary", "--organization", "tailspin", "--file", "one.csv")
    states = {"covered": 0, "charged": 1, "free": 1, "FREECALL": 0, "quarantined": 1, "waiting": 0}

    assert json.loads(out) == {
        "rows": 3,
        "states": states,
        "split": 0,
        "flagged_unlicensed": 1,
        "total": "0.0310",
        "by_call_type": {"user_out": "0.0310"},
    }
    everything = json.loads(run("usage_summary", "--organization", "tailspin")[0])
    assert everything["states"] == states | {"waiting": 1}


def test_usage_summary_of_nobody(northwind: Organization, frozen: time_machine.Traveller) -> None:
    assert json.loads(run("usage_summary", "--organization", "northwind")[0])["total"] == "0.0000"
    with pytest.raises(CommandError, match="no organization"):
        run("usage_summary", "--organization", "nobody")
