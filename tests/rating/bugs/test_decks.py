"""Errors of other rating engines in decks and matching, each by its number in the notes on the field."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rating import decks, numbers
from rating.decks import Priced, Ruined
from rating.models import RateDeck
from tests.rating import cast
from tests.rating.cast import OUTBOUND
from tests.rating.deck_files import acs, deck_file, without

Service = RateDeck.Service


def ruined(path: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(Ruined) as caught:
        cast.publish(path, Service.OUTBOUND)
    assert not RateDeck.objects.exists()
    return [(problem.line, problem.column, problem.reason) for problem in caught.value.problems]


@pytest.mark.django_db
def test_field_08_windows_of_one_prefix_cover_the_week_once(tmp_path: Path) -> None:
    gap = ("Day,mixed,DE,49,0.2,Mon-Fri 08:00-18:00", "Night,mixed,DE,49,0.1,Mon-Fri 18:00-08:00")
    overlap = ("Day,mixed,DE,49,0.2,Mon-Fri", "All,mixed,DE,49,0.1,")
    twice = ("Day,mixed,DE,49,0.2,Mon-Fri", "Day,mixed,DE,49,0.1,Mon-Fri", "End,mixed,DE,49,0.1,Sat-Sun")

    ((line, column, reason),) = ruined(deck_file(tmp_path, *gap, further="Window"))
    assert (line, column) == (2, "Window")
    assert "is in no window" in reason
    ((line, column, reason),) = ruined(deck_file(tmp_path, *overlap, further="Window"))
    assert (line, column) == (2, "Window")
    assert "is in more than one window" in reason
    assert ruined(deck_file(tmp_path, *twice, further="Window")) == [(3, "Prefix", "already on line 2")]


@pytest.mark.django_db
def test_field_08_each_window_has_its_rate(tmp_path: Path) -> None:
    rows = ("Day,mixed,DE,49,0.2,Mon-Fri 08:00-18:00", "Night,mixed,DE,49,0.1,Mon-Fri 18:00-24:00; Mon-Fri 00:00-08:00")
    path = deck_file(tmp_path, *rows, "End,mixed,DE,49,0.05,Sat-Sun", further="Window")
    deck, _ = cast.publish(path, Service.OUTBOUND)

    priced = decks.by_prefix(deck.pk).longest("4930")

    assert isinstance(priced, Priced)
    instants = [
        datetime(2026, 1, 5, 12, tzinfo=UTC),
        datetime(2026, 1, 5, 7, tzinfo=UTC),
        datetime(2026, 1, 4, 7, tzinfo=UTC),
    ]
    found = [deck.rates.get(pk=priced.rate_at(at)).destination for at in instants]
    assert found == ["Day", "Night", "End"]


@pytest.mark.django_db
def test_field_09_the_longest_prefix_wins_in_every_look_up(tmp_path: Path) -> None:
    path = deck_file(tmp_path, "Britain,landline,GB,44,0.0955", "Mobile,mobile,GB,447,0.0079")
    deck, _ = cast.publish(path, Service.OUTBOUND)

    priced = decks.by_prefix(deck.pk).longest("447700900123")

    assert priced is not None
    assert f"{priced.per_minute:.4f}" == "0.0079"


@pytest.mark.django_db
def test_field_14_a_slot_names_its_unit_and_agrees_with_the_price_a_minute(tmp_path: Path) -> None:
    rows = ("A,mixed,DE,49,0.4,0:0.4/60/30 60:0.2/60/10", "B,mixed,FR,33,0.4,0:0.4/1/1")

    ((line, column, reason),) = ruined(deck_file(tmp_path, *rows, further="Slots"))

    assert (line, column) == (3, "Price / min")
    assert reason == "no slot costs that a minute; they cost 24"


@pytest.mark.parametrize("day", ["2020-10-02", "2025-01-30"])
@pytest.mark.django_db
def test_field_21_prefixes_that_a_spreadsheet_rewrote_are_refused_by_line(tmp_path: Path, day: str) -> None:
    found = ruined(acs(day))

    reason = "a spreadsheet has rewritten this prefix; expected its digits"
    assert found == [(6585, "Prefix", reason), (6586, "Prefix", reason)]
    deck, is_new = cast.publish(without(acs(day), tmp_path, 6585, 6586), Service.OUTBOUND)
    assert is_new
    assert deck.rates.count() == {"2020-10-02": 7718, "2025-01-30": 7691}[day]


@pytest.mark.parametrize("path", [acs("2025-02-10"), OUTBOUND], ids=lambda path: path.stem)
@pytest.mark.django_db
def test_field_21_the_later_lists_are_sound(path: Path) -> None:
    assert cast.publish(path, Service.OUTBOUND)[1]


@pytest.mark.django_db
def test_italian_numbers_keep_their_zero(tmp_path: Path) -> None:
    path = deck_file(
        tmp_path, "Rome,landline,IT,3906,0.02", "Novara,landline,IT,390321,0.03", "Mobile,mobile,IT,393,0.3"
    )
    deck, _ = cast.publish(path, Service.OUTBOUND)
    table = decks.by_prefix(deck.pk)

    def found(written: str) -> str | None:
        priced = table.longest(numbers.digits_of(numbers.parse(written, "IT")))
        return None if priced is None else f"{priced.per_minute:.2f}"

    assert [found(number) for number in ("06 6982 1234", "0321 123456", "321 1234567", "+39 6 6982 1234")] == [
        "0.02", "0.03", "0.30", None,
    ]  # fmt: skip
