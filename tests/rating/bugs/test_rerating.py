"""Bugs of the field about re-rating, which ours must not have (the numbers are those of the list they come from)."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from credits.models import Account, Journal
from rating import decks
from rating.decks import Publication
from rating.models import RateDeck
from subscriptions.models import Organization
from tests.rating import cast
from tests.rating.again import again, charge_all
from tests.rating.cast import row

pytestmark = pytest.mark.django_db
HEADER = "Destination Name,Destination Type,Country,Prefix,Price / min\n"


def deck_file(folder: Path, price: str) -> Path:
    path = folder / f"deck-{price}.csv"
    path.write_text(f"{HEADER}United Kingdom,mixed,GB,44,{price}\n", encoding="utf-8")
    return path


def test_field_04_a_call_that_is_rerated_is_not_charged_twice(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    """A peer took the whole new price again; here only what the wrong deck had left out is taken, and once."""
    publication = Publication(RateDeck.Service.OUTBOUND, "USD", cast.SAMPLE_DAY, "October")
    wrong, _ = decks.publish(deck_file(tmp_path, "0.02"), publication, now=now)
    cast.take(tailspin, tmp_path, row(1), row(2))
    charge_all(now)
    right, _ = decks.publish(deck_file(tmp_path, "0.03"), publication, now=now, replaces=wrong)

    first, second = (again(tailspin, now) for _ in range(2))

    assert (first is not None, second) == (True, None)
    assert Account.objects.get(organization=tailspin).balance == Decimal("-0.12")
    assert sorted(Journal.objects.values_list("movement", flat=True)) == [Decimal("-0.04")] * 2 + [Decimal("-0.02")] * 2
    charges = tailspin.usage_records.values_list("charge", "rate__deck")
    assert set(charges) == {(Decimal("0.06"), right.pk)}
