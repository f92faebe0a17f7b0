"""What is told before credit expires and cards end: each level once, the nearest only, by the local calendar."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from credits import reminders
from credits.models import AutoRecharge, Lot, PaymentMethod
from notifications import outbox
from notifications.models import Notice
from subscriptions import periods
from subscriptions.models import Organization
from tests import factories
from tests.credits.booking import fund, spend
from tests.factories import NOW

DAY = timedelta(days=1)
ZONES = [
    "Africa/Cairo", "America/New_York", "America/Santiago", "Asia/Kathmandu", "Asia/Taipei", "Europe/Berlin",
    "Pacific/Kiritimati", "Pacific/Pago_Pago",
]  # fmt: skip


def told(organization: Organization, kind: Notice.Kind = Notice.Kind.LOT_EXPIRES) -> list[str]:
    return list(
        Notice.objects.filter(organization=organization, kind=kind).order_by("pk").values_list("key", flat=True)
    )


def expiring(organization: Organization, amount: str, day: date, *, key: str = "gift") -> Lot:
    """Credit whose last day is that one."""
    return fund(organization.account, amount, key=key, expires_at=periods.end_of_day(day, organization.zone))


def test_each_level_is_told_once_as_the_days_go_by(northwind: Organization) -> None:
    expiring(northwind, "30", date(2027, 3, 1))

    moment, keys = NOW, {}
    while moment < datetime(2027, 3, 2, tzinfo=UTC):
        for _twice in range(2):
            if reminders.remind_due(now=moment):
                keys[told(northwind)[-1]] = moment.date()
        moment += DAY

    assert keys == {
        "expires:2027-03-01:90": date(2026, 12, 1),
        "expires:2027-03-01:30": date(2027, 1, 30),
        "expires:2027-03-01:7": date(2027, 2, 22),
        "expires:2027-03-01:1": date(2027, 2, 28),
    }


@pytest.mark.parametrize(("days", "level"), [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (3, 7), (1, 1), (0, 1)])
def test_a_lot_that_is_found_late_gets_the_nearest_level_only(
    northwind: Organization, days: int, level: int | None
) -> None:
    day = NOW.date() + days * DAY
    expiring(northwind, "30", day)

    reminders.remind_due(now=NOW)
    reminders.remind_due(now=NOW)

    assert told(northwind) == ([] if level is None else [f"expires:{day}:{level}"])


def test_the_day_is_that_of_the_organizations_calendar(contoso: Organization, northwind: Organization) -> None:
    """At 04:30 UTC it is still the day before in New York."""
    early = datetime(2026, 11, 30, 4, 30, tzinfo=UTC)
    for organization in (contoso, northwind):
        expiring(organization, "30", date(2026, 12, 7))

    reminders.remind_due(now=early)

    assert told(northwind) == ["expires:2026-12-07:7"]
    assert told(contoso) == ["expires:2026-12-07:30"]


def test_lots_of_one_day_are_one_notice_with_what_is_left_of_all(northwind: Organization) -> None:
    for key, amount in (("first", "30"), ("second", "20")):
        expiring(northwind, amount, date(2026, 11, 9), key=key)
    expiring(northwind, "7", date(2026, 11, 10), key="other day")
    spend(northwind.account, 1250, now=NOW)

    assert reminders.remind_due(now=NOW) == 2

    facts = Notice.objects.get(key="expires:2026-11-09:7").facts
    assert (Decimal(facts["amount"]), facts["lots"], facts["days"]) == (Decimal("37.50"), 2, 7)


def test_what_is_used_up_is_not_told(northwind: Organization) -> None:
    expiring(northwind, "30", date(2026, 11, 9))
    spend(northwind.account, 3000, now=NOW)

    assert reminders.remind_due(now=NOW) == 0


def test_less_than_a_page_would_show_is_not_told(northwind: Organization) -> None:
    expiring(northwind, "0.009999", date(2026, 11, 9))

    assert reminders.remind_due(now=NOW) == 0


def test_what_is_used_up_before_it_is_told_is_withdrawn(northwind: Organization) -> None:
    expiring(northwind, "30", date(2026, 11, 9))
    reminders.remind_due(now=NOW)
    spend(northwind.account, 3000, now=NOW)

    outbox.deliver_due(now=NOW, limit=10)

    notice = Notice.objects.get()
    assert (notice.withdrawn_at, notice.addressed_at, notice.deliveries.count()) == (NOW, None, 0)


def test_a_limit_leaves_the_rest_for_the_next_round(northwind: Organization) -> None:
    for day in range(1, 6):
        expiring(northwind, "10", NOW.date() + day * DAY, key=f"gift {day}")

    assert [reminders.remind_due(now=NOW, limit=2) for _round in range(4)] == [2, 2, 1, 0]


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ZONES)
def test_the_database_counts_days_as_the_program_does(zone: str) -> None:
    organization = factories.OrganizationFactory.create(slug="here", time_zone=zone)
    account = factories.AccountFactory.create(organization=organization)
    days = [NOW.date() + DAY * n for n in range(0, 91, 7)]
    for day in days:
        fund(account, "1", key=str(day), expires_at=periods.end_of_day(day, organization.zone))

    reminders.remind_due(now=NOW)

    assert sorted({key.split(":")[1] for key in told(organization)}) == sorted(str(day) for day in days)
    today = NOW.astimezone(organization.zone).date()
    for notice in Notice.objects.all():
        assert notice.facts["days"] == (date.fromisoformat(notice.facts["expires_on"]) - today).days


def test_a_card_is_told_of_at_sixty_thirty_and_seven_days(contoso: Organization) -> None:
    PaymentMethod.objects.update(exp_month=2, exp_year=2027)

    moment, keys = NOW, {}
    while moment < datetime(2027, 3, 3, tzinfo=UTC):
        if reminders.remind_due(now=moment):
            keys[told(contoso, Notice.Kind.CARD_EXPIRES)[-1].rpartition(":")[2]] = moment.date()
        moment += DAY

    assert keys == {"60": date(2026, 12, 30), "30": date(2027, 1, 29), "7": date(2027, 2, 21)}


@pytest.mark.parametrize("gone", [{"removed_at": NOW}, {"refused_at": NOW}, {"exp_year": 2025}, {"exp_month": 13}])
def test_a_card_that_is_not_charged_any_more_is_not_told_of(contoso: Organization, gone: dict[str, object]) -> None:
    PaymentMethod.objects.update(**{"exp_month": 11, "exp_year": 2026, **gone})

    reminders.remind_due(now=NOW)

    assert told(contoso, Notice.Kind.CARD_EXPIRES) == []


def test_a_cards_notice_names_the_next_charge_where_one_is_expected(contoso: Organization) -> None:
    PaymentMethod.objects.update(exp_month=11, exp_year=2026)
    fund(contoso.account, "100")
    spend(contoso.account, 4000, now=NOW)

    reminders.remind_due(now=NOW + DAY)

    facts = Notice.objects.get(kind=Notice.Kind.CARD_EXPIRES).facts
    assert date.fromisoformat(facts["next_charge_on"]) > NOW.date()
    assert (facts["card"], facts["days"]) == ("Visa •••• 4242", 27)


def test_where_auto_recharge_is_off_no_charge_is_named(contoso: Organization) -> None:
    PaymentMethod.objects.update(exp_month=11, exp_year=2026)
    AutoRecharge.objects.update(enabled=False)

    reminders.remind_due(now=NOW)

    assert Notice.objects.get(kind=Notice.Kind.CARD_EXPIRES).facts["next_charge_on"] is None


def test_a_card_that_was_removed_before_it_is_told_of_is_withdrawn(contoso: Organization) -> None:
    PaymentMethod.objects.update(exp_month=11, exp_year=2026)
    reminders.remind_due(now=NOW)
    PaymentMethod.objects.update(removed_at=NOW)

    outbox.deliver_due(now=NOW, limit=10)

    assert Notice.objects.get(kind=Notice.Kind.CARD_EXPIRES).withdrawn_at == NOW
