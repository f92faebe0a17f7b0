"""The commands for decks: dry run, replacement, export, withdrawal."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from rating.management.commands import import_rates
from rating.models import RateDeck
from tests.rating import cast
from tests.rating.cast import OUTBOUND
from tests.rating.deck_files import acs, deck_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture(autouse=True)
def unrung(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_rates, "ring", lambda *names: None)


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def importing(path: Path, *words: str) -> str:
    return run("import_rates", str(path), "--service", "outbound", *words)


def test_a_dry_run_tells_what_would_change() -> None:
    cast.publish(acs("2025-02-10"), RateDeck.Service.OUTBOUND)

    told = importing(OUTBOUND, "--effective", "2026-01-01", "--dry-run")
    found = json.loads(importing(OUTBOUND, "--effective", "2026-01-01", "--dry-run", "--json"))

    assert told.startswith("6592 rows; compared with acs-pstn-rates-2025-02-10 (2025-10-15): 0 gone, 383 added, ")
    assert " -> " in told
    assert len(found["added"]) == 383
    assert {"numbers", "prefix_before", "price_before", "prefix_after", "price_after"} <= set(found["effective"][0])
    assert RateDeck.objects.count() == 1


def test_a_wrong_deck_is_replaced_exported_and_withdrawn(tmp_path: Path) -> None:
    importing(deck_file(tmp_path, "A,mixed,DE,49,0.2"), "--effective", "2026-01-01")
    wrong = RateDeck.objects.get()
    path = deck_file(tmp_path, "A,mixed,DE,49,0.02")

    with pytest.raises(CommandError, match="already published for that day"):
        importing(path, "--effective", "2026-01-01")
    importing(path, "--effective", "2026-01-01", "--replaces", str(wrong.pk))
    right = RateDeck.objects.standing().get()

    assert run("export_rates", str(right.pk)) == path.read_text(encoding="utf-8")
    to = tmp_path / "exported.csv"
    run("export_rates", str(right.pk), "--to", str(to))
    assert importing(to, "--effective", "2026-01-01").endswith("already there\n")
    assert run("withdraw_rates", str(right.pk)) == f"{right} is withdrawn\n"
    with pytest.raises(CommandError, match="was withdrawn"):
        run("withdraw_rates", str(right.pk))
    assert not RateDeck.objects.standing().exists()


@pytest.mark.parametrize("command", ["export_rates", "withdraw_rates"])
def test_a_deck_that_is_not_there(command: str) -> None:
    with pytest.raises(CommandError, match="there is no deck 7"):
        run(command, "7")


def test_unknown_zones_and_decks_are_refused(tmp_path: Path) -> None:
    path = deck_file(tmp_path, "A,mixed,DE,49,0.2")

    with pytest.raises(CommandError, match="is not a time zone"):
        importing(path, "--effective", "2026-01-01", "--zone", "Mars/Olympus")
    with pytest.raises(CommandError, match="there is no deck 7"):
        importing(path, "--effective", "2026-01-01", "--replaces", "7")
