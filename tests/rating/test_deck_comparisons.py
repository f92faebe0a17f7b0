"""What a deck would change, row by row and number by number."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating import decks
from rating.decks import Comparison, Publication, comparing
from rating.models import RateDeck
from rating.prefixes import PrefixTable
from tests.rating import cast
from tests.rating.cast import INBOUND, OUTBOUND
from tests.rating.deck_files import acs, deck_file

Service = RateDeck.Service
LATER = date(2026, 1, 1)


def dry_run(path: Path, service: str = Service.OUTBOUND, zone: str = "UTC") -> Comparison:
    return decks.dry_run(path, Publication(service, "USD", LATER, "later", zone=zone))


def effects(found: Comparison) -> list[tuple[str, str | None, str | None, str | None, str | None]]:
    return [
        (comparing.numbers_text(row["begin"], row["end"]), *list(row.values())[-4:])
        for row in found.effective.iter_rows(named=True)
    ]


@pytest.mark.django_db
def test_a_row_that_goes_leaves_its_numbers_to_a_shorter_prefix(tmp_path: Path) -> None:
    first = ("Britain,landline,GB,44,0.015", "Britain mobile,mobile,GB,447,0.32", "Vodafone,mobile,GB,44775,0.029")
    cast.publish(deck_file(tmp_path, *first), Service.OUTBOUND)

    found = dry_run(deck_file(tmp_path, *first[:2], "Jersey,landline,JE,441534,0.1"))

    assert (found.gone["prefix"].to_list(), found.added["prefix"].to_list()) == (["44775"], ["441534"])
    assert found.changed.is_empty()
    assert effects(found) == [
        ("441534", "44", "0.015", "441534", "0.1"),
        ("44775", "44775", "0.029", "447", "0.32"),
    ]


@pytest.mark.django_db
def test_a_changed_row_does_not_touch_what_longer_prefixes_price(tmp_path: Path) -> None:
    cast.publish(deck_file(tmp_path, "Germany,landline,DE,49,0.02", "Mobile,mobile,DE,4915,0.2"), Service.OUTBOUND)

    found = dry_run(deck_file(tmp_path, "Germany,landline,DE,49,0.03", "Mobile,mobile,DE,4915,0.2"))

    assert found.changed.select("prefix", "price_before", "price").rows() == [("49", "0.02", "0.03")]
    assert effects(found) == [
        ("4900-4914", "49", "0.02", "49", "0.03"),
        ("4916-4999", "49", "0.02", "49", "0.03"),
    ]
    assert found.by_destination.select("destination", "price_before", "price_after", "runs").rows() == [
        ("Germany", "0.02", "0.03", 2)
    ]


@pytest.mark.django_db
def test_a_row_that_says_what_a_shorter_one_says_changes_no_price(tmp_path: Path) -> None:
    cast.publish(deck_file(tmp_path, "Germany,landline,DE,49,0.02"), Service.OUTBOUND)

    found = dry_run(deck_file(tmp_path, "Germany,landline,DE,49,0.02", "Berlin,landline,DE,4930,0.02"))

    assert found.added.height == 1
    assert found.effective.is_empty()


@pytest.mark.django_db
def test_the_first_deck_is_compared_with_nothing() -> None:
    found = dry_run(OUTBOUND)

    assert found.against is None
    assert (found.rows, found.added.height, found.gone.height) == (6592, 6592, 0)
    assert not RateDeck.objects.exists()


@pytest.mark.django_db
def test_the_same_rows_in_another_order_change_nothing(tmp_path: Path) -> None:
    cast.publish(OUTBOUND, Service.OUTBOUND)
    head, *lines = OUTBOUND.read_text(encoding="utf-8").splitlines()
    turned = tmp_path / "turned.csv"
    turned.write_text("\n".join((head, *reversed(lines))), encoding="utf-8")

    assert dry_run(turned).is_none
    assert cast.publish(turned, Service.OUTBOUND)[1] is False


@pytest.mark.django_db
def test_inbound_decks_are_compared_by_country(tmp_path: Path) -> None:
    cast.publish(INBOUND, Service.INBOUND_TOLL_FREE)
    text = INBOUND.read_text(encoding="utf-8").replace("0.0290", "0.0291")
    changed = tmp_path / "inbound.csv"
    changed.write_text(text, encoding="utf-8")

    found = dry_run(changed, Service.INBOUND_TOLL_FREE)

    assert found.changed.select("country", "price_before", "price").rows() == [("GB", "0.029", "0.0291")]
    assert found.effective.select("country", "price_before", "price_after").rows() == [("GB", "0.029", "0.0291")]


@pytest.mark.django_db
def test_another_zone_changes_the_prices_of_windows_only(tmp_path: Path) -> None:
    path = deck_file(
        tmp_path, "A,mixed,DE,49,0.1,Mon-Fri", "A,mixed,DE,49,0.2,Sat-Sun", "B,mixed,FR,33,0.3,", further="Window"
    )
    cast.publish(path, Service.OUTBOUND)

    found = dry_run(path, zone="Europe/Berlin")

    assert set(found.changed["prefix"]) == {"49"}
    assert effects(found)[0][2] == "Mon-Fri 0.1 @UTC | Sat-Sun 0.2 @UTC"


@pytest.mark.django_db
def test_no_surviving_prefix_of_the_published_lists_changes_its_price() -> None:
    cast.publish(acs("2025-02-10"), Service.OUTBOUND)

    found = dry_run(OUTBOUND)

    assert (found.rows, found.gone.height, found.added.height) == (6592, 0, 383)
    assert found.changed.filter(pl.col("price") != pl.col("price_before")).is_empty()
    assert not found.effective.is_empty()


DECKS = st.dictionaries(st.text("0149", max_size=4), st.sampled_from(["1", "2", "3"]), max_size=8)


@settings(max_examples=60, deadline=None)
@given(DECKS, DECKS, st.text("0149", min_size=15, max_size=15))
def test_every_number_whose_price_differs_is_in_one_run(old: dict[str, str], new: dict[str, str], number: str) -> None:
    frames = [
        pl.DataFrame(
            {"prefix": list(deck), "country": "XX", "destination": "x", "price": list(deck.values())},
            schema=dict.fromkeys(("prefix", "country", "destination", "price"), pl.String),
        )
        for deck in (old, new)
    ]

    found = comparing._of_numbers(*frames)

    runs = found.filter((pl.col("begin") <= int(number)) & (int(number) < pl.col("end")))
    prices = tuple(PrefixTable(deck).longest(number) for deck in (old, new))
    told = runs.select("price_before", "price_after").rows()
    assert told == ([prices] if prices[0] != prices[1] else [])


@pytest.mark.parametrize(
    ("begin", "end", "text"),
    [
        ("447500000000000", "447600000000000", "4475"),
        ("447520000000000", "447600000000000", "44752-44759"),
        ("000000000000000", "1000000000000000", "0-9"),
        ("440000000000000", "460000000000000", "44-45"),
        ("123456789012345", "123456789012346", "123456789012345"),
    ],
)
def test_runs_of_numbers_are_told_by_how_they_begin(begin: str, end: str, text: str) -> None:
    assert comparing.numbers_text(int(begin), int(end)) == text
