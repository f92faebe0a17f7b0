"""Which minutes licences bring, sentence by sentence of the trade, and which calls they cover."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from rating import charging, reports
from rating.models import PoolUse, RateDeck, UsageRecord
from subscriptions import catalogue
from subscriptions.models import Licence, Organization, Plan, PlanMinutes, Subscriber
from tests import factories
from tests.rating import cast
from tests.rating.cast import row

State = UsageRecord.State
OCTOBER = date(2026, 10, 1)
LONDON, PARIS, HARARE = "+442079460000", "+33142270000", "+263242700000"
NEW_YORK, TORONTO, SAN_JUAN = "+12125550100", "+14165550100", "+17875550100"


def hold(organization: Organization, count: int, code: str, at: str) -> None:
    """So many more subscribers at that usage location who hold the plan."""
    catalogue.seed()
    begin = organization.subscribers.count()
    people = Subscriber.objects.bulk_create(
        Subscriber(organization=organization, upn=f"p{n}@x.example", usage_location=at, created_at=factories.NOW)
        for n in range(begin, begin + count)
    )
    plan = Plan.objects.get(code=code)
    Licence.objects.bulk_create(Licence(subscriber=person, plan=plan) for person in people)


def totals(organization: Organization, month: date = OCTOBER) -> dict[str, int | None]:
    """The size of each pool by location, plan and counter."""
    rows = reports.minute_pools(organization, month=month)
    return {f"{one.location} {one.capability} {one.counter}".strip(): one.total for one in rows}


@pytest.mark.parametrize(
    ("held", "brings"),
    [
        # One pool for the tenant, 60 minutes for each licence, wherever it is.
        (
            [(10, "MCOMEETADV", "US"), (100, "MCOMEETADV", "GB"), (5, "MCOMEETADV", "ZW")],
            {"MCOMEETADD conference": 6900},
        ),
        # Pooled by country and identical plan.
        ([(100, "MCOPSTN1", "US")], {"US MCOPSTN1 domestic": 300_000}),
        ([(100, "MCOPSTN5", "GB")], {"GB MCOPSTN5 domestic": 12_000}),
        ([(1, "MCOPSTN5", "GB"), (1, "MCOPSTN5", "FR")], {"FR MCOPSTN5 domestic": 120, "GB MCOPSTN5 domestic": 120}),
        ([(1, "MCOPSTN5", "GB"), (1, "MCOPSTN6", "GB")], {"GB MCOPSTN5 domestic": 120, "GB MCOPSTN6 domestic": 240}),
        # The United States and Puerto Rico share one, Canada has its own.
        (
            [(100, "MCOPSTN2", "US"), (21, "MCOPSTN2", "PR"), (2, "MCOPSTN2", "CA")],
            {
                "CA MCOPSTN2 domestic": 6_000,
                "CA MCOPSTN2 international": 1_200,
                "US MCOPSTN2 domestic": 363_000,
                "US MCOPSTN2 international": 72_600,
            },
        ),
        # 1,200 minutes elsewhere.
        (
            [(1, "MCOPSTN1", "GB"), (1, "MCOPSTN1", "MX")],
            {"GB MCOPSTN1 domestic": 1_200, "MX MCOPSTN1 domestic": 1_200},
        ),
        ([(1, "MCOPSTN9", "DE")], {"DE MCOPSTN9 domestic": 1_200, "DE MCOPSTN9 international": 600}),
        ([(1, "MCOTEAMS_ESSENTIALS", "CA")], {"CA MCOTEAMS_ESSENTIALS domestic": 3_000}),
        # Not pooled: shown together, but each has only their own.
        ([(3, "MCOPSTN8", "GB")], {"GB MCOPSTN8 domestic": 360}),
        # No minutes at all.
        ([(1, code, "US") for code in ("MCOPSTN_PAYG_1", "MCOPSTN_PAYG_2", "MCOEV", "MCOMEETACPEA", "MCOPSTNPP")], {}),
        # Of no size.
        ([(1, "MCOMEETADD_DIALOUT_US", "US")], {"MCOMEETADD_DIALOUT_US conference": None}),
    ],
)
def test_what_licences_bring(
    tailspin: Organization, held: list[tuple[int, str, str]], brings: dict[str, int | None]
) -> None:
    for each in held:
        hold(tailspin, *each)

    assert totals(tailspin) == brings


def test_only_assigned_licences_bring_minutes(tailspin: Organization) -> None:
    plan = Plan.objects.get(code="MCOMEETADV")
    tailspin.subscriptions.create(plan=plan, quantity=100, started_at=factories.NOW)
    hold(tailspin, 20, "MCOMEETADV", "US")

    assert totals(tailspin) == {"MCOMEETADD conference": 1_200}


def test_a_licence_counts_in_every_month_in_which_it_was_held(tailspin: Organization) -> None:
    hold(tailspin, 1, "MCOPSTN5", "GB")
    Licence.objects.update(assigned_on=date(2026, 9, 30), removed_on=date(2026, 10, 2))

    found = [totals(tailspin, date(2026, month, 1)) for month in (8, 9, 10, 11)]

    assert [bool(each) for each in found] == [False, True, True, False]


@pytest.mark.parametrize(
    ("begins", "sizes"), [(date(2026, 10, 1), [120, 500, 500]), (date(2026, 10, 2), [120, 120, 500])]
)
def test_dated_rows_hold_from_the_first_month_that_begins_after_them(
    tailspin: Organization, begins: date, sizes: list[int]
) -> None:
    hold(tailspin, 1, "MCOPSTN5", "GB")
    PlanMinutes.objects.create(plan=Plan.objects.get(code="MCOPSTN5"), domestic=500, effective_on=begins)

    assert [totals(tailspin, date(2026, month, 1))["GB MCOPSTN5 domestic"] for month in (9, 10, 11)] == sizes


@pytest.fixture
def rates(db: None) -> None:
    cast.deck({"44 GB": "0.02", "33 FR": "0.05", "1 US": "0.01", "1416 CA": "0.01", "1787 PR": "0.03", "263 ZW": "0.5"})
    cast.deck({" GB": "0.029"}, RateDeck.Service.INBOUND_TOLL_FREE)


def outcome(organization: Organization, folder: Path, **other: str) -> UsageRecord:
    """The record of one row of two minutes after charging."""
    record = cast.taken(organization, folder, **other)
    charging.charge_due(now=factories.NOW)
    record.refresh_from_db()
    return record


@pytest.mark.parametrize(
    ("codes", "at", "call_type", "number", "by"),
    [
        ("MCOPSTN1", "US", "user_out", TORONTO, "US MCOPSTN1 domestic=2"),
        ("MCOPSTN1", "CA", "user_out", NEW_YORK, "CA MCOPSTN1 domestic=2"),
        ("MCOPSTN1", "PR", "user_out", NEW_YORK, "US MCOPSTN1 domestic=2"),
        ("MCOPSTN1", "US", "user_out", LONDON, ""),
        ("MCOPSTN2", "US", "user_out", LONDON, "US MCOPSTN2 international=2"),
        ("MCOPSTN2", "GB", "fmc_out", LONDON, "GB MCOPSTN2 domestic=2"),
        ("MCOPSTN_PAYG_1", "GB", "user_out", LONDON, ""),
        ("MCOPSTN_PAYG_2", "FR", "user_out", PARIS, ""),
        ("MCOMEETADV", "ZW", "conf_out", LONDON, "conference=2"),
        ("MCOMEETADV", "GB", "conf_out", HARARE, ""),
        ("MCOMEETADV MCOPSTN2", "GB", "user_out", PARIS, "GB MCOPSTN2 international=2"),
        ("MCOPSTN2", "GB", "conf_out", LONDON, ""),
        ("MCOMEETADV", "GB", "user_out", LONDON, ""),
        ("MCOMEETACPEA", "GB", "conf_out", LONDON, ""),
        ("MCOMEETADD_DIALOUT_US", "GB", "conf_out", NEW_YORK, "MCOMEETADD_DIALOUT_US=2"),
        ("MCOMEETADD_DIALOUT_US MCOMEETADV", "GB", "conf_out", TORONTO, "MCOMEETADD_DIALOUT_US=2"),
        ("MCOMEETADD_DIALOUT_US MCOMEETADV", "GB", "conf_out", SAN_JUAN, "conference=2"),
        ("MCOMEETADD_DIALOUT_US", "GB", "conf_out", LONDON, ""),
        ("MCOMEETADD_DIALOUT_US", "US", "user_out", NEW_YORK, ""),
    ],
)
@pytest.mark.usefixtures("rates")
def test_which_minutes_cover_a_call(
    tailspin: Organization, tmp_path: Path, codes: str, at: str, call_type: str, number: str, by: str
) -> None:
    cast.person(tailspin, codes, at=at)

    record = outcome(tailspin, tmp_path, Call_Type=call_type, Destination_Number=number)

    assert (record.covered_by, record.covered_minutes) == (by, 2 if by else 0)
    assert record.state == (State.COVERED if by else State.CHARGED)
    assert record.unlicensed == (not by and codes != "MCOMEETACPEA")


@pytest.mark.usefixtures("rates")
def test_the_dial_out_add_on_is_never_used_up_and_no_pool_is_touched(tailspin: Organization, tmp_path: Path) -> None:
    cast.person(tailspin, "MCOMEETADD_DIALOUT_US MCOMEETADV")
    day = str(24 * 3600)

    record = outcome(
        tailspin, tmp_path, Call_Type="conf_out", Destination_Number=NEW_YORK, Duration_Seconds=day,
        End_Time="2026-10-02T09:00:00Z",
    )  # fmt: skip

    assert (record.state, record.charge) == (State.COVERED, 0)
    assert dict(PoolUse.objects.values_list("pool", "used")) == {"MCOMEETADD_DIALOUT_US": 1440}


@pytest.mark.parametrize(
    ("call_type", "number_type", "state", "unlicensed"),
    [
        ("conf_out", "user", State.CHARGED, False),
        ("conf_in", "toll-free", State.CHARGED, False),
        ("conf_in", "service", State.FREE, False),
        ("user_out", "user", State.CHARGED, True),
    ],
)
@pytest.mark.usefixtures("rates")
def test_pay_per_minute_conferencing_needs_no_credits_licence_for_conferences(
    tailspin: Organization, tmp_path: Path, call_type: str, number_type: str, state: str, unlicensed: bool
) -> None:
    cast.person(tailspin, "MCOMEETACPEA")

    record = outcome(tailspin, tmp_path, Call_Type=call_type, Number_Type=number_type)

    assert (record.state, record.unlicensed) == (state, unlicensed)


@pytest.mark.usefixtures("rates")
def test_the_sixty_minutes_do_not_pay_for_toll_free_calls(tailspin: Organization, tmp_path: Path) -> None:
    cast.person(tailspin, "MCOMEETADV")

    record = outcome(tailspin, tmp_path, Call_Type="conf_in", Number_Type="toll-free")

    assert (record.state, record.covered_minutes, record.charge) == (State.CHARGED, 0, Decimal("0.058"))


@pytest.mark.usefixtures("rates")
def test_call_me_at_is_dial_out_like_any_other(tailspin: Organization, tmp_path: Path) -> None:
    organizer = cast.person(tailspin, "MCOMEETADV")
    Subscriber.objects.filter(pk=organizer.pk).update(mobile=LONDON)

    record = outcome(tailspin, tmp_path, Call_Type="conf_out", Destination_Number=LONDON)

    assert (record.state, record.covered_by) == (State.COVERED, "conference=2")


@pytest.mark.usefixtures("rates")
def test_a_plan_sold_in_one_country_has_a_pool_of_its_own(tailspin: Organization, tmp_path: Path) -> None:
    mexican = Plan.objects.create(code="MCOPSTN1MX", name="Domestic, Mexico", category=Plan.Category.CALLING_PLAN)
    mexican.minutes.create(domestic=1200, effective_on=date(2018, 1, 1))
    cast.person(tailspin, "MCOPSTN1MX MCOPSTN1")

    record = outcome(tailspin, tmp_path, Duration_Seconds=str(1205 * 60), End_Time="2026-10-02T09:00:00Z")

    assert record.covered_by == "GB MCOPSTN1 domestic=1200;GB MCOPSTN1MX domestic=5"


@pytest.mark.usefixtures("rates")
def test_a_subscribers_own_minutes_go_first_then_the_pool_then_credit(tailspin: Organization, tmp_path: Path) -> None:
    person = cast.person(tailspin, "MCOPSTN5 MCOPSTN8 MCOPSTNPP")

    record = outcome(tailspin, tmp_path, Duration_Seconds="14460")

    assert record.covered_by == f"GB MCOPSTN8 domestic {person.pk}=120;GB MCOPSTN5 domestic=120"
    assert (record.minutes, record.charge, record.unlicensed) == (241, Decimal("0.02"), False)


@pytest.mark.usefixtures("rates")
def test_minutes_kept_for_live_calls_are_nobody_elses(tailspin: Organization, tmp_path: Path) -> None:
    cast.person(tailspin, "MCOPSTN5")
    pool, begun = "GB MCOPSTN5 domestic", datetime(2026, 10, 1, 8, tzinfo=UTC)
    tailspin.pool_uses.create(month=OCTOBER, pool=pool, held=119)
    tailspin.call_sessions.create(
        key="live", call_type="user_out", minutes={pool: 119}, started_at=begun, expires_at=begun
    )

    record = outcome(tailspin, tmp_path)

    assert (record.covered_minutes, record.charge) == (1, Decimal("0.02"))
    kept = tailspin.pool_uses.get()
    assert (kept.used, kept.held) == (1, 119)


@pytest.mark.usefixtures("rates")
def test_another_organizations_pools_are_not_touched(
    tailspin: Organization, northwind: Organization, tmp_path: Path, now: datetime
) -> None:
    for organization in (tailspin, northwind):
        cast.person(organization, "MCOPSTN5")
        cast.take(organization, tmp_path, row())

    charging.charge_due(now=now)

    assert list(PoolUse.objects.values_list("used", flat=True)) == [2, 2]
    assert totals(tailspin) == totals(northwind) == {"GB MCOPSTN5 domestic": 120}
