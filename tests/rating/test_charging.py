"""What becomes of a call, and that it becomes it once."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits.models import Account, Journal
from rating import charging
from rating.models import PoolUse, RateDeck, UsageRecord
from subscriptions.models import Licence, Organization
from tests.rating import cast
from tests.rating.cast import row

State = UsageRecord.State
ABROAD = "+33142270000"


@pytest.fixture(autouse=True)
def rates(db: None) -> None:
    cast.deck({"44 GB": "0.02", "33 FR": "0.05", "1 US": "0.01", "263 ZW": "0.5"})
    cast.deck({" GB": "0.029", " US": "0.022"}, RateDeck.Service.INBOUND_TOLL_FREE)


def outcome(organization: Organization, folder: Path, now: datetime, **other: str) -> UsageRecord:
    """The record of one row after charging."""
    record = cast.taken(organization, folder, **other)
    charging.charge_due(now=now)
    record.refresh_from_db()
    return record


def test_minutes_of_the_plan_cover_a_domestic_call(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.person(tailspin, "MCOPSTN5 MCOPSTNPP")

    record = outcome(tailspin, tmp_path, now, Duration_Seconds="61")

    assert (record.state, record.minutes, record.covered_minutes) == (State.COVERED, 2, 2)
    assert (record.charge, record.journal, record.country) == (0, None, "GB")
    assert (record.charged_at, record.unlicensed, record.licence_differs) == (now, False, False)
    pool = tailspin.pool_uses.get()
    assert (pool.month, pool.pool, pool.used) == (date(2026, 10, 1), "GB MCOPSTN5 domestic", 2)


def test_abroad_is_charged_when_the_plan_is_domestic(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.person(tailspin, "MCOPSTN5 MCOPSTNPP")

    record = outcome(tailspin, tmp_path, now, Destination_Number=ABROAD, Duration_Seconds="61")

    assert (record.state, record.charge, record.covered_minutes) == (State.CHARGED, Decimal("0.1"), 0)
    assert record.journal is not None
    assert (record.journal.key, record.journal.movement) == (f"usage:{record.pk}", Decimal("-0.1"))
    assert Account.objects.get(organization=tailspin).balance == Decimal("-0.1")
    assert not PoolUse.objects.exists()


def test_domestic_and_international_are_counters_of_their_own(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.person(tailspin, "MCOPSTN2")

    cast.take(tailspin, tmp_path, row(1), row(2, Destination_Number=ABROAD))
    charging.charge_due(now=now)

    assert set(tailspin.usage_records.values_list("state", flat=True)) == {State.COVERED}
    assert dict(PoolUse.objects.values_list("pool", "used")) == {
        "GB MCOPSTN2 domestic": 2,
        "GB MCOPSTN2 international": 2,
    }


def test_a_call_across_the_end_of_the_pool_is_split(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.person(tailspin, "MCOPSTN5")

    record = outcome(tailspin, tmp_path, now, Duration_Seconds=str(125 * 60))

    assert (record.state, record.minutes, record.covered_minutes) == (State.CHARGED, 125, 120)
    assert record.charge == Decimal("0.1")
    assert record.unlicensed


def test_the_earlier_call_is_covered_first_and_each_month_starts_full(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.person(tailspin, "MCOPSTN5")
    long = {"Duration_Seconds": "7200", "End_Time": "2026-10-31T09:00:00Z"}

    cast.take(
        tailspin,
        tmp_path,
        row(1, Start_Time="2026-10-02T09:00:00Z", **long),
        row(2, Start_Time="2026-10-01T00:00:00Z", **long),
        row(3, Start_Time="2026-10-01T00:00:00+00:01", **long),
    )
    charging.charge_due(now=now)

    states = dict(tailspin.usage_records.values_list("usage_id", "state"))
    assert [states[row(number)["UsageId"]] for number in (1, 2, 3)] == [State.CHARGED, State.COVERED, State.COVERED]
    assert dict(PoolUse.objects.values_list("month", "used")) == {date(2026, 9, 1): 120, date(2026, 10, 1): 120}


def test_minutes_that_are_not_pooled_are_the_subscribers_own(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    first = cast.person(tailspin, "MCOPSTN8")
    cast.person(tailspin, "MCOPSTN8", upn="other@tailspin.example")

    record = outcome(tailspin, tmp_path, now, Duration_Seconds="7260")

    assert (record.covered_minutes, record.minutes) == (120, 121)
    assert tailspin.pool_uses.get().pool == f"GB MCOPSTN8 domestic {first.pk}"


@pytest.mark.parametrize(
    ("codes", "number", "covered"),
    [
        ("MCOMEETADD", ABROAD, 2),
        ("MCOMEETADD MCOPSTN2", "+263242700000", 0),
        ("MCOPSTN2", ABROAD, 0),
        ("MCOMEETACPEA", ABROAD, 0),
    ],
)
def test_conference_minutes(  # the organizer's licence and Zone A; never the calling plan
    tailspin: Organization, tmp_path: Path, now: datetime, codes: str, number: str, covered: int
) -> None:
    cast.person(tailspin, codes)

    record = outcome(tailspin, tmp_path, now, Call_Type="conf_out", Destination_Number=number)

    assert record.covered_minutes == covered
    assert record.state == (State.COVERED if covered else State.CHARGED)
    assert set(PoolUse.objects.values_list("pool", flat=True)) == ({"conference"} if covered else set())


def test_conference_dial_out_has_a_deck_of_its_own_when_one_is_published(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    cast.deck({"33 FR": "1"}, RateDeck.Service.CONFERENCE)

    assert outcome(tailspin, tmp_path, now, Call_Type="conf_out", Destination_Number=ABROAD).charge == 2


@pytest.mark.parametrize(
    ("number", "country", "charge"), [("+448085550100", "GB", "0.058"), ("+18555550100", "US", "0.044")]
)
def test_toll_free_goes_by_the_country_of_the_number(
    tailspin: Organization, tmp_path: Path, now: datetime, number: str, country: str, charge: str
) -> None:
    call = {"Call_Type": "ucap_in", "Number_Type": "toll-free", "Destination_Number": number}

    record = outcome(tailspin, tmp_path, now, **call)

    assert (record.state, record.country, record.charge) == (State.CHARGED, country, Decimal(charge))
    assert not record.unlicensed


def test_a_recorded_service_number_says_its_country(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    tailspin.service_numbers.create(number="+448085550100", country="US", kind="toll_free")
    call = {"Call_Type": "conf_in", "Number_Type": "toll-free", "Destination_Number": "+448085550100"}

    assert outcome(tailspin, tmp_path, now, **call).country == "US"


@pytest.mark.parametrize(
    "other",
    [
        {"Destination_Number": "+999123456"},
        {"Destination_Number": "anonymous"},
        {"Destination_Number": "12345"},
        {"Destination_Number": "+4***", "Call_Type": "ucap_out"},
        {"Destination_Number": "+33805550100", "Call_Type": "conf_in", "Number_Type": "toll-free"},
    ],
)
def test_without_a_rate_a_finished_call_is_free(
    tailspin: Organization, tmp_path: Path, now: datetime, other: dict[str, str]
) -> None:
    record = outcome(tailspin, tmp_path, now, **other)

    assert (record.state, record.charge, record.unlicensed) == (State.FREECALL, 0, False)


def test_a_masked_number_rates_when_its_prefix_is_long_enough(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    assert outcome(tailspin, tmp_path, now, Destination_Number="+4420***").charge == Decimal("0.04")


def test_a_stranger_is_charged_and_flagged(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    record = outcome(tailspin, tmp_path, now)

    assert (record.state, record.unlicensed, record.licence_differs) == (State.CHARGED, True, True)


def test_the_licence_decides_whatever_the_row_says(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.person(tailspin, "MCOPSTN5")

    record = outcome(tailspin, tmp_path, now, Capability="MCOPSTNPP", User_Location="FR")

    assert (record.state, record.licence_differs) == (State.COVERED, True)


def test_a_licence_counts_in_its_time(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.person(tailspin, "MCOPSTN5 MCOPSTNPP")
    Licence.objects.update(assigned_on=date(2026, 9, 1), removed_on=date(2026, 10, 2))

    cast.take(tailspin, tmp_path, row(1), row(2, Start_Time="2026-10-02T00:00:00Z", End_Time="2026-10-03T00:00:00Z"))
    charging.charge_due(now=now)

    first, second = tailspin.usage_records.in_order_of_calls()
    assert (first.state, second.state) == (State.COVERED, State.CHARGED)
    assert second.unlicensed


def test_without_a_deck_a_call_waits_and_free_ones_do_not(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    early = {"Start_Time": "2025-10-14T23:59:59Z"}

    cast.take(tailspin, tmp_path, row(1, **early), row(2, **early, Call_Type="user_in"), row(3))
    assert charging.charge_due(now=now) == 3
    assert charging.charge_due(now=now) == 0

    waits, free, charged = tailspin.usage_records.order_by("usage_id")
    assert (waits.state, free.state, charged.state) == (State.WAITING, State.FREE, State.CHARGED)
    assert waits.due_at == now + timedelta(hours=1)
    cast.deck({"44 GB": "1"}, on=date(2025, 10, 1))
    assert charging.try_again(now=now) == 1
    assert charging.charge_due(now=now) == 1
    waits.refresh_from_db()
    assert waits.charge == 2


def test_the_first_calls_of_an_organization_open_its_account(
    tailspin: Organization, tmp_path: Path, now: datetime
) -> None:
    other = Organization.objects.create(name="New", slug="new", country="GB", created_at=now)

    record = cast.taken(other, tmp_path)

    assert charging.charge_due(now=now) == 1
    record.refresh_from_db()
    assert record.state != State.WAITING
    assert -Account.objects.get(organization=other).balance == record.charge


def test_charging_twice_charges_once(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    cast.taken(tailspin, tmp_path)
    account = Account.objects.get(organization=tailspin)
    everything = UsageRecord.objects.filter(organization=tailspin).in_order_of_calls()

    assert [charging.charge(account, everything.all(), now=now) for _ in range(2)] == [1, 0]
    assert Journal.objects.count() == 1


def test_a_sweep_charges_one_batch_of_each_account_in_the_order_of_calls(
    tailspin: Organization, northwind: Organization, tmp_path: Path, now: datetime
) -> None:
    minute = datetime(2026, 10, 1, tzinfo=UTC)
    rows = [row(n, Start_Time=(minute - timedelta(minutes=n)).isoformat()) for n in range(1, 6)]
    cast.take(tailspin, tmp_path, *rows)
    cast.take(northwind, tmp_path, *rows[:1])

    moved = [charging.charge_due(now=now, batch=2) for _ in range(4)]

    assert moved == [3, 2, 1, 0]
    order = tailspin.usage_records.order_by("journal_id").values_list("usage_id", flat=True)
    assert list(order) == [row(n)["UsageId"] for n in (5, 4, 3, 2, 1)]


def test_statements_do_not_grow_with_the_batch(tailspin: Organization, tmp_path: Path, now: datetime) -> None:
    counted = []
    for size in (2, 40):
        people = [f"person{size}.{n}@tailspin.example" for n in range(size)]
        for upn in people:
            cast.person(tailspin, "MCOPSTN5", upn=upn)
        numbers = (ABROAD, row()["Destination Number"])
        rows = (row(size * 100 + n, UPN=upn, Destination_Number=numbers[n % 2]) for n, upn in enumerate(people))
        cast.take(tailspin, tmp_path, *rows)
        with CaptureQueriesContext(connection) as statements:
            charging.charge_due(now=now)
        counted.append(len(statements))

    # The first batch also finds that the balance has fallen below zero, and tells.
    assert counted[1] <= counted[0] < 35
