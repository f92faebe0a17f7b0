"""The tables of docs/the-way-of-a-call.md against the journey, the independent script and the rules of pricing."""

import runpy
from argparse import Namespace
from collections import Counter
from decimal import Decimal
from functools import cache
from typing import Any, Final

import pytest

from rating import calls, pricing
from tests.docs.pages import ROOT, table
from tests.journeys.test_the_way_of_a_call import CONTOSO, DATA, TAILSPIN

BY_HAND: Final = runpy.run_path(str(ROOT / "tests" / "independent" / "rate_by_hand.py"))
WAY: Final = "docs/the-way-of-a-call.md"
JOURNEYS: Final = {"Contoso": CONTOSO, "Tailspin": TAILSPIN}


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_calls_ended_as_the_journey_finds(name: str) -> None:
    wanted: dict[str, Any] = JOURNEYS[name]
    said = {row[""]: int(row[name]) for row in table(WAY, "How the calls ended")}

    assert said.pop("rows") == wanted["rows"]
    assert said.pop("charged calls that are split") == wanted["split"]
    assert said.pop("flagged unlicensed") == wanted["flagged_unlicensed"]
    assert said == wanted["states"]


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_calls_cost_what_the_journey_finds(name: str) -> None:
    said = {row["call type"]: row[name] for row in table(WAY, "What they cost, in USD") if row[name]}

    assert said.pop("in all") == JOURNEYS[name]["total"]
    assert said == JOURNEYS[name]["by_call_type"]


class Walk:
    """The calls of one organization, rated by the independent script, and what became of each."""

    def __init__(self, name: str) -> None:
        options = Namespace(
            outbound=str(DATA / "acs-pstn-rates-2025-10-15.csv"),
            inbound=str(DATA / "inbound-toll-free-2025-10-15.csv"),
            licences=str(DATA / f"licences-{name}.csv"),
            service_country=None,
        )
        self.books = BY_HAND["Books"](options)
        self.rows = {row["UsageId"]: row for row in BY_HAND["read"](str(DATA / f"usage-{name}-2026-09-10.csv"))}
        self.state: dict[str, str] = {}
        self.taken: dict[str, int] = {}
        for row in sorted(self.rows.values(), key=lambda row: (BY_HAND["start_of"](row), row["UsageId"])):
            before = sum(self.books.used.values())
            self.state[row["UsageId"]] = self.books.state(row)
            self.taken[row["UsageId"]] = sum(self.books.used.values()) - before


@cache
def walk(name: str) -> Walk:
    return Walk(name)


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_pools_are_used_as_the_independent_script_finds(name: str) -> None:
    books = walk(name.lower()).books
    rows = [row for row in table(WAY, "Minutes taken from the pools") if row["organization"] == name]
    said = {row["pool"]: (int(row["size"]), int(row["September"]), int(row["October"])) for row in rows}

    assert said == {
        pool: (size, books.used["2026-09", pool], books.used["2026-10", pool])
        for pool, size in books.sizes.items()
        if size
    }


def line_of(row: dict[str, str]) -> str:
    """The number of the line of "Who pays" that a row is decided by; pricing follows the kinds of `rating.calls`."""
    call_type, seconds = row["Call Type"], int(row["Duration Seconds"])
    kind = calls.kind_of(call_type, number_type=row["Number Type"], seconds=seconds)
    if kind is calls.Kind.FREE:
        if call_type.startswith("emergency_"):
            return "1"
        return "2" if not seconds else "4" if call_type in ("conf_in", "ucap_in") else "3"
    paid = {calls.Kind.INBOUND_TOLL_FREE: "5", calls.Kind.PLAN: "6", calls.Kind.CONFERENCE: "7", calls.Kind.CREDIT: "8"}
    return paid[kind]


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_calls_are_of_the_kinds_that_the_table_counts(name: str) -> None:
    said = {row["kind"].split()[0]: int(row[name]) for row in table(WAY, "Calls by kind")}
    counted = Counter(line_of(row) for row in walk(name.lower()).rows.values())

    assert said.pop("in") == counted.total()
    assert said == {line: counted[line] for line in said}


EXAMPLES: Final = table(WAY, "3. Six calls by hand")
WHERE: Final = {row["call"]: row for row in table(WAY, "3. Six calls by hand", nth=1)}


@pytest.mark.parametrize("said", EXAMPLES, ids=lambda row: row["call"])
def test_the_calls_by_hand_are_priced_as_the_program_prices(said: dict[str, str]) -> None:
    where = WHERE[said["call"]]
    walked, usage_id = walk(where["organization"]), where["usage id"]
    row = walked.rows[usage_id]
    rate = walked.books.rate(row)

    assert (said["seconds"], said["state"]) == (row["Duration Seconds"], walked.state[usage_id])
    if rate is None:
        assert (said["rate"], said["charge"]) == ("none", "0.0000")
        return
    minutes, paid = int(said["minutes"]), int(said["paid minutes"])
    assert minutes == calls.minutes(int(said["seconds"]))
    assert minutes - paid == int(said["from a pool"]) == walked.taken[usage_id]
    assert Decimal(said["rate"]) == Decimal(rate["Price / min"])
    assert said["charge"] == f"{pricing.price(pricing.per_minute(Decimal(said['rate'])), paid * 60).cost:.4f}"
