"""The twenty calls of docs/the-way-of-a-call.md: against plain arithmetic, the deck's file, and the product."""

import csv
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import pytest

from rating import explaining
from rating.explaining import Explanation
from rating.models import RateDeck
from subscriptions.models import Organization
from tests.docs.pages import table
from tests.docs.test_the_way_of_a_call import WAY
from tests.rating import cast
from tests.rating.again import charge_all
from tests.rating.test_demo_figures import run

CALLS: Final = table(WAY, "Twenty calls, one of each kind")
NONE: Final = "–"
Row = dict[str, str]


def price_file(path: str, column: str) -> dict[str, Row]:
    with (cast.DATA / path).open(encoding="utf-8", newline="") as lines:
        return {row[column]: row for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def usage() -> dict[str, Row]:
    found: dict[str, Row] = {}
    for name in ("contoso", "tailspin"):
        found |= price_file(f"usage-{name}-2026-09-10.csv", "UsageId")
    return found


def test_there_are_twenty_of_every_reason() -> None:
    assert len(CALLS) == 20
    assert {call["why"] for call in CALLS} == {why.value for why in explaining.Why} - {"waiting"}


@pytest.mark.parametrize("said", CALLS, ids=lambda call: call["#"])
def test_the_arithmetic_is_right(said: Row, usage: dict[str, Row]) -> None:
    row = usage[said["usage id"]]
    assert said["seconds"] == row["Duration Seconds"]
    if said["rate"] == NONE:
        assert (said["minutes"], said["charge"]) == ("0", "0.0000")
        return
    inbound = row["Call Type"].endswith("_in")
    if inbound:
        rate = price_file("inbound-toll-free-2025-10-15.csv", "Country")[said["matched"]]
    else:
        digits = row["Destination Number"].removeprefix("+")
        deck = price_file("acs-pstn-rates-2025-10-15.csv", "Prefix")
        longest = max((prefix for prefix in deck if digits.startswith(prefix)), key=len)
        assert said["matched"] == longest
        rate = deck[longest]

    minutes = -(-int(said["seconds"]) // 60)
    exact = (minutes - int(said["covered"])) * Decimal(rate["Price / min"])

    assert (int(said["minutes"]), Decimal(said["rate"])) == (minutes, Decimal(rate["Price / min"]))
    assert Decimal(said["charge"]) == exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def as_said(explanation: Explanation) -> Row:
    """The product's explanation in the columns of the page."""
    record, rate = explanation.record, explanation.rate
    outbound = rate is not None and rate.deck.service == RateDeck.Service.OUTBOUND
    return {
        "usage id": record.usage_id,
        "seconds": str(record.seconds),
        "minutes": str(record.minutes),
        "pool": explanation.covered[0].name if explanation.covered else NONE,
        "covered": str(sum(each.minutes for each in explanation.covered)),
        "matched": NONE if rate is None else (rate.prefix if outbound else rate.country),
        "rate": NONE if rate is None else f"{rate.per_minute:.4f}",
        "charge": f"{explanation.computed:.4f}",
        "why": explanation.why.value,
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("name", ["contoso", "tailspin"])
def test_the_product_explains_them_so(name: str, request: pytest.FixtureRequest, now: datetime) -> None:
    organization: Organization = request.getfixturevalue(name)
    cast.publish_samples()
    cast.license_people(organization, cast.DATA / f"licences-{name}.csv")
    run("import_usage", str(cast.DATA / f"usage-{name}-2026-09-10.csv"), "--organization", name)
    charge_all(now)
    said = [call for call in CALLS if call["organization"] == name]

    found = [explaining.of(organization.usage_records.get(usage_id=call["usage id"]), numbers=True) for call in said]

    assert [as_said(one) for one in found] == [{key: call[key] for key in as_said(found[0])} for call in said]
    assert all(one.agrees for one in found)
    # Nobody has bought anything: all that is charged is owed.
    assert [one.owed for one in found] == [one.record.charge for one in found]
