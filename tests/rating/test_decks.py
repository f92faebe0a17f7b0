from datetime import date, datetime
from pathlib import Path

import pytest

from rating import charging, decks
from rating.decks import DayTaken, Ruined, Shelf
from rating.models import Rate, RateDeck
from rating.sheets import Refused
from tests.rating import cast
from tests.rating.cast import INBOUND, OUTBOUND

HEADER = "Destination Name,Destination Type,Country,Prefix,Price / min"
Service = RateDeck.Service


def deck_file(folder: Path, *lines: str) -> Path:
    path = folder / "deck.csv"
    path.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return path


@pytest.mark.django_db
def test_the_samples_are_published(now: datetime) -> None:
    outbound, _ = cast.publish(OUTBOUND, Service.OUTBOUND)
    inbound, _ = cast.publish(INBOUND, Service.INBOUND_TOLL_FREE)

    assert outbound.rates.count() == 6592
    assert {rate.prefix for rate in inbound.rates.all()} == {""}
    assert inbound.published_at == now
    assert decks.by_country(inbound.pk)["CA"].country == "CA"


@pytest.mark.django_db
def test_the_same_file_is_the_same_deck(tmp_path: Path) -> None:
    path = deck_file(tmp_path, "France,mobile,FR,336,0.1")

    first, was_new = cast.publish(path, Service.OUTBOUND)
    second, is_new = cast.publish(path, Service.OUTBOUND)

    assert (first, was_new, is_new) == (second, True, False)
    assert Rate.objects.count() == 1


@pytest.mark.django_db
def test_another_deck_of_that_day_is_refused(tmp_path: Path) -> None:
    cast.publish(deck_file(tmp_path, "France,mobile,FR,336,0.1"), Service.OUTBOUND)

    with pytest.raises(DayTaken):
        cast.publish(deck_file(tmp_path, "France,mobile,FR,336,0.2"), Service.OUTBOUND)
    cast.publish(deck_file(tmp_path, "France,mobile,FR,336,0.2"), Service.OUTBOUND, on=date(2026, 1, 1))

    assert RateDeck.objects.published().count() == 2


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("South Africa,non-geographic,ZA,2.77724E+11,0.85", "Prefix", "spreadsheet"),
        ("France,mobile,FR,+336,0.1", "Prefix", "digits"),
        ("France,mobile,FR,,0.1", "Prefix", "digits"),
        ("Germany again,mobile,DE,49,0.2", "Prefix", "already on line 2"),
        ("France,mobile,FR,336,", "Price / min", "missing"),
        ("France,mobile,FR,336,-0.1", "Price / min", "negative"),
        ("France,mobile,FR,336,NaN", "Price / min", "number"),
        ("France,mobile,FR,336,1e2", "Price / min", "number"),
        ("France,mobile,FR,336,0.1234567", "Price / min", "decimals"),
        ('France,mobile,FR,336,"0,15"', "Price / min", "dot"),
        ("France,mobile,FRA,336,0.1", "Country", "two capital letters"),
        ("France,satellite,FR,336,0.1", "Destination Type", "expected one of"),
        (",mobile,FR,336,0.1", "Destination Name", "name"),
        ("France,mobile,FR,336", "row", "4 fields"),
    ],
)
@pytest.mark.django_db
def test_wreckage_is_named_and_nothing_is_published(tmp_path: Path, line: str, column: str, reason: str) -> None:
    path = deck_file(tmp_path, "Germany,landline,DE,49,0.05", line, "Italy,landline,IT,39,0.04")

    with pytest.raises(Ruined) as caught:
        cast.publish(path, Service.OUTBOUND)

    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (3, column)
    assert reason in problem.reason
    assert not RateDeck.objects.exists()


@pytest.mark.django_db
def test_inbound_is_keyed_by_country(tmp_path: Path) -> None:
    twice = ("United States,toll-free,US,1,0.02", "Canada,toll-free,CA,1,0.02", "United States,toll-free,US,1855,0.02")

    with pytest.raises(Ruined, match="line 4, Country, 'US': already on line 2"):
        cast.publish(deck_file(tmp_path, *twice), Service.INBOUND_TOLL_FREE)


@pytest.mark.django_db
def test_what_is_no_deck_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deck.csv"
    path.write_text("Prefix,Price\n1,1\n", encoding="utf-8")

    with pytest.raises(Refused, match="Column 'Destination Name' is missing"):
        cast.publish(path, Service.OUTBOUND)


@pytest.mark.django_db
def test_the_newest_deck_that_has_begun_is_in_force() -> None:
    old = cast.deck({"44 GB": "1"}, on=date(2025, 10, 15))
    new = cast.deck({"44 GB": "2"}, on=date(2026, 10, 1))
    cast.deck({"44 GB": "3"}, on=date(2026, 10, 2))
    shelf = Shelf("USD")

    found = [
        shelf.in_force(Service.OUTBOUND, on=date(2026, 9, 30)),
        shelf.in_force(Service.OUTBOUND, on=date(2026, 10, 1)),
    ]

    assert found == [old.pk, new.pk]
    assert shelf.in_force(Service.OUTBOUND, on=date(2025, 10, 14)) is None
    assert shelf.in_force(Service.CONFERENCE, on=date(2026, 10, 1)) is None
    assert Shelf("EUR").in_force(Service.OUTBOUND, on=date(2026, 10, 1)) is None


@pytest.mark.django_db
def test_unpublished_decks_price_nothing(now: datetime) -> None:
    RateDeck.objects.create(
        name="draft", service=Service.OUTBOUND, currency="USD", effective_on=date(2026, 1, 1), created_at=now
    )

    assert Shelf("USD").in_force(Service.OUTBOUND, on=date(2026, 10, 1)) is None
    assert charging.charge_due(now=now) == 0
