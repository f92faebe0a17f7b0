"""Decks as versions: replaced, withdrawn, exported; and what their further columns say."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry

from rating import decks, pricing
from rating.decks import DayTaken, HasPricedCalls, NotReplaceable, Priced, Publication, Shelf
from rating.models import RateDeck
from rating.sheets import Refused
from subscriptions.models import Organization
from tests import factories
from tests.rating import cast
from tests.rating.cast import INBOUND, OUTBOUND, SAMPLE_DAY
from tests.rating.deck_files import deck_file

Service = RateDeck.Service
WANTED = Publication(Service.OUTBOUND, "USD", SAMPLE_DAY, "corrected")
FURTHER = "Connection Fee,Slots,Window,Minimum,Maximum,Rounding,Decimals"


def written(deck: RateDeck, path: Path) -> Path:
    path.write_text("".join(decks.export(deck)), encoding="utf-8")
    return path


@pytest.mark.django_db
def test_a_corrected_deck_takes_the_day_of_the_wrong_one(tmp_path: Path, now: datetime) -> None:
    wrong, _ = cast.publish(deck_file(tmp_path, "A,mixed,DE,49,0.2"), Service.OUTBOUND)
    path = deck_file(tmp_path, "A,mixed,DE,49,0.02")
    person = factories.UserFactory.create()

    right, is_new = decks.publish(path, WANTED, now=now, replaces=wrong, actor=person, why="a zero was missing")

    wrong.refresh_from_db()
    assert (is_new, right.replaces, wrong.withdrawn_at) == (True, wrong, now)
    assert Shelf("USD").in_force(Service.OUTBOUND, on=SAMPLE_DAY) == right.pk
    assert set(LogEntry.objects.values_list("change_message", flat=True)) == {
        "published: a zero was missing",
        "withdrawn: a zero was missing",
    }


@pytest.mark.django_db
def test_only_the_standing_deck_of_that_day_can_be_replaced(tmp_path: Path, now: datetime) -> None:
    other, _ = cast.publish(deck_file(tmp_path, "A,mixed,DE,49,0.2"), Service.OUTBOUND, on=date(2026, 1, 1))
    path = deck_file(tmp_path, "A,mixed,DE,49,0.02")

    with pytest.raises(NotReplaceable, match="another service, currency or day"):
        decks.publish(path, WANTED, now=now, replaces=other)
    taken, _ = cast.publish(path, Service.OUTBOUND)
    with pytest.raises(DayTaken):
        decks.publish(deck_file(tmp_path, "A,mixed,DE,49,0.3"), WANTED, now=now, replaces=other)

    assert set(RateDeck.objects.standing()) == {other, taken}


@pytest.mark.django_db
def test_a_deck_that_priced_nothing_is_withdrawn(tmp_path: Path, now: datetime) -> None:
    path = deck_file(tmp_path, "A,mixed,DE,49,0.2")
    deck, _ = cast.publish(path, Service.OUTBOUND)

    decks.withdraw(deck, actor=None, now=now)

    assert Shelf("USD").in_force(Service.OUTBOUND, on=SAMPLE_DAY) is None
    with pytest.raises(Refused, match="was withdrawn"):
        decks.withdraw(deck, actor=None, now=now)
    again, is_new = cast.publish(path, Service.OUTBOUND)
    assert (again != deck, is_new) == (True, True)


@pytest.mark.django_db
def test_a_deck_that_priced_a_call_is_not_withdrawn(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    deck, _ = cast.publish(deck_file(tmp_path, "A,mixed,GB,44,0.2"), Service.OUTBOUND)
    record = cast.taken(tailspin, tmp_path)
    type(record).objects.filter(pk=record.pk).update(rate=deck.rates.get())

    with pytest.raises(HasPricedCalls):
        decks.withdraw(deck, actor=None, now=now)

    assert RateDeck.objects.standing().get() == deck


@pytest.mark.django_db
def test_a_draft_prices_nothing_and_can_be_discarded(tmp_path: Path, now: datetime) -> None:
    draft = decks.draft(deck_file(tmp_path, "A,mixed,DE,49,0.2"), WANTED, now=now)
    assert Shelf("USD").in_force(Service.OUTBOUND, on=SAMPLE_DAY) is None

    decks.discard(draft, actor=None, now=now)

    assert not RateDeck.objects.exists()
    published, _ = cast.publish(deck_file(tmp_path, "A,mixed,DE,49,0.2"), Service.OUTBOUND)
    with pytest.raises(Refused):
        decks.discard(published, actor=None, now=now)


@pytest.mark.parametrize(("path", "service"), [(OUTBOUND, Service.OUTBOUND), (INBOUND, Service.INBOUND_TOLL_FREE)])
@pytest.mark.django_db
def test_an_exported_deck_imports_as_already_there(tmp_path: Path, path: Path, service: str) -> None:
    deck, _ = cast.publish(path, service)

    exported = written(deck, tmp_path / "exported.csv")

    assert cast.publish(exported, service) == (deck, False)
    head, *lines = exported.read_text(encoding="utf-8").splitlines()
    assert (head, len(lines)) == (path.read_text(encoding="utf-8-sig").splitlines()[0], deck.rates.count())


@pytest.mark.django_db
def test_every_column_survives_the_round_trip(tmp_path: Path) -> None:
    rows = (
        '"Day, ""peak"" \\N",mixed,DE,49,0.4,0.8,0:0.4/60/30 60:0.2/60/10,Mon-Fri 08:00-18:00,0.1,9.5,up,2',
        "Rest,mixed,DE,49,0.1,,,Mon-Fri 18:00-08:00; Sat 08:00-24:00; Sun; Mon 00:00-08:00,,,,",
        "All others,mixed,ZZ,*,1.5,,,,,,down,-1",
    )
    path = deck_file(tmp_path, *rows, further=FURTHER)
    deck, _ = cast.publish(path, Service.OUTBOUND)

    assert cast.publish(written(deck, tmp_path / "exported.csv"), Service.OUTBOUND) == (deck, False)
    day = deck.rates.get(connection_fee="0.8")
    assert (day.destination, day.min_cost, day.max_cost) == ('Day, "peak" \\N', Decimal("0.1"), Decimal("9.5"))
    assert pricing.price(decks.tariff_of(day), 90).cost == Decimal("1.30")
    priced = decks.by_prefix(deck.pk).longest("331")
    assert isinstance(priced, Priced)
    assert (priced.country, pricing.price(priced.tariff, 600).cost) == ("ZZ", Decimal(10))


@pytest.mark.parametrize(
    ("values", "column", "reason"),
    [
        ("-1,,,,,,", "Connection Fee", "negative"),
        (',,,"1,000",,,', "Minimum", "thousands separator"),
        (",,,2,1,,", "Maximum", "above the greatest"),
        (",,,,,nearest,", "Rounding", "expected one of"),
        (",,,,,,7", "Decimals", "whole number from -4 to 6"),
        (",0:1/60,,,,,", "Slots", "expected start:rate/unit/increment"),
        (",0:0.2/60/90000,,,,,", "Slots", "longer than a day"),
        (",,Mon-Son,,,,", "Window", "days"),
        (f",{'0:0.2/60/60 ' * 30},,,,,", "Slots", "longer than 300"),
    ],
)
@pytest.mark.django_db
def test_further_columns_are_checked(tmp_path: Path, values: str, column: str, reason: str) -> None:
    path = deck_file(tmp_path, f"A,mixed,DE,49,0.2,{values}", further=FURTHER)

    with pytest.raises(decks.Ruined, match="line 2") as caught:
        cast.publish(path, Service.OUTBOUND)

    (problem,) = caught.value.problems
    assert problem.column == column
    assert reason in problem.reason


@pytest.mark.django_db
def test_a_column_that_no_deck_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Column 'Conection Fee' is none of a deck's"):
        cast.publish(deck_file(tmp_path, "A,mixed,DE,49,0.2,1", further="Conection Fee"), Service.OUTBOUND)


@pytest.mark.parametrize(
    ("currency", "zone", "what"), [("USX", "UTC", "currency"), ("USD", "Europe/Londn", "time zone")]
)
@pytest.mark.django_db
def test_unknown_currencies_and_zones_are_refused(
    tmp_path: Path, now: datetime, currency: str, zone: str, what: str
) -> None:
    wanted = Publication(Service.OUTBOUND, currency, SAMPLE_DAY, "x", zone=zone)

    with pytest.raises(Refused, match=f"is not a {what}"):
        decks.publish(deck_file(tmp_path, "A,mixed,DE,49,0.2"), wanted, now=now)


@pytest.mark.django_db
def test_two_catch_alls_are_refused(tmp_path: Path) -> None:
    path = deck_file(tmp_path, "A,mixed,DE,*,0.2", "B,mixed,FR,*,0.3")

    with pytest.raises(decks.Ruined, match="already on line 2"):
        cast.publish(path, Service.OUTBOUND)
