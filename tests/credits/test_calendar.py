"""When a lot lapses: the end of the day, twelve calendar months later, where the organization is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from credits import figures
from subscriptions import periods
from subscriptions.models import Organization
from tests import factories
from tests.credits.desk import Desk, broken

#: zone, bought at (UTC), lapses at (UTC), the last day on which it is good.
TABLE = [
    # An ordinary day, in UTC and on both sides of it.
    ("UTC", "2026-11-02T09:00", "2027-11-03T00:00", "2027-11-02"),
    ("America/New_York", "2026-11-02T09:00", "2027-11-03T04:00", "2027-11-02"),  # summer time ends later in 2027
    ("Asia/Taipei", "2026-11-02T09:00", "2027-11-02T16:00", "2027-11-02"),
    # The day of purchase is the organization's, not that of UTC.
    ("Asia/Taipei", "2026-11-02T15:59", "2027-11-02T16:00", "2027-11-02"),
    ("Asia/Taipei", "2026-11-02T16:00", "2027-11-03T16:00", "2027-11-03"),
    ("America/Los_Angeles", "2026-12-31T23:00", "2028-01-01T08:00", "2027-12-31"),
    ("Pacific/Kiritimati", "2026-12-31T10:00", "2028-01-01T10:00", "2028-01-01"),
    ("Pacific/Pago_Pago", "2027-01-01T10:59", "2028-01-01T11:00", "2027-12-31"),
    # The leap day, bought on it, lapsing on it, and around it.
    ("UTC", "2028-02-29T12:00", "2029-03-01T00:00", "2029-02-28"),
    ("UTC", "2028-02-28T12:00", "2029-03-01T00:00", "2029-02-28"),
    ("UTC", "2027-02-28T12:00", "2028-02-29T00:00", "2028-02-28"),
    ("UTC", "2027-03-01T00:00", "2028-03-02T00:00", "2028-03-01"),
    ("America/New_York", "2028-02-29T04:59", "2029-03-01T05:00", "2029-02-28"),
    ("America/New_York", "2028-03-01T04:59", "2029-03-01T05:00", "2029-02-28"),
    # The nights on which clocks change: the last day has 23 or 25 hours, the end of it is one instant.
    ("Europe/Berlin", "2026-03-28T12:00", "2027-03-28T22:00", "2027-03-28"),  # that day has 23 hours
    ("Europe/Berlin", "2026-10-31T12:00", "2027-10-31T23:00", "2027-10-31"),  # that day has 25 hours
    ("America/New_York", "2026-03-14T12:00", "2027-03-15T04:00", "2027-03-14"),  # the clock goes forward that day
    ("Australia/Lord_Howe", "2026-04-04T12:00", "2027-04-04T13:30", "2027-04-04"),  # half an hour, the other way
    # Midnight itself does not exist: the day begins at one.
    ("America/Santiago", "2026-09-04T12:00", "2027-09-05T04:00", "2027-09-04"),
    ("Africa/Cairo", "2026-04-29T12:00", "2027-04-29T22:00", "2027-04-29"),
]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("zone", "bought", "lapses", "last_day"), TABLE)
def test_when_a_lot_lapses(zone: str, bought: str, lapses: str, last_day: str) -> None:
    there = ZoneInfo(zone)

    expiry = periods.lot_expiry(_instant(bought), there)

    assert expiry == _instant(lapses)
    assert periods.last_day(expiry, there).isoformat() == last_day


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "bought", "lapses", "last_day"), TABLE)
def test_a_lot_can_be_spent_until_then_and_not_from_then_on(zone: str, bought: str, lapses: str, last_day: str) -> None:
    organization: Organization = factories.northwind()
    Organization.objects.filter(pk=organization.pk).update(time_zone=zone)
    desk, end = Desk(organization), _instant(lapses)

    desk.promote(10, now=_instant(bought))
    desk.spend(1, now=end - timedelta(microseconds=1), key="last")
    desk.spend(1, now=end, key="too late")
    desk.expire(now=end)

    assert (desk.lot(0).expires_at, desk.lot(0).expired, desk.fresh().overdraft) == (end, 9, 1)
    assert broken(desk.account, now=end) == {}


@pytest.mark.django_db
def test_a_zone_changed_later_moves_no_lot(northwind: Organization, now: datetime) -> None:
    desk = Desk(northwind)
    desk.promote(10, now=now)
    before = desk.lot(0).expires_at

    Organization.objects.filter(pk=northwind.pk).update(time_zone="Pacific/Pago_Pago")
    desk.promote(10, now=now)

    assert desk.lot(0).expires_at == before == datetime(2027, 11, 2, 23, tzinfo=UTC)
    assert desk.lot(1).expires_at == datetime(2027, 11, 2, 11, tzinfo=UTC)


@pytest.mark.django_db
def test_expiring_counts_thirty_days_whatever_the_clocks_do(northwind: Organization) -> None:
    desk = Desk(northwind)
    start = datetime(2026, 10, 20, 12, tzinfo=UTC)  # summer time ends in between
    desk.promote(10, now=start, ends=start + timedelta(days=30))
    desk.promote(5, now=start, ends=start + timedelta(days=30, microseconds=1))

    assert figures.of(desk.fresh(), now=start).expiring == 10
