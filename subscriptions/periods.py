"""Calendar arithmetic: half-open, aware, counted from the anchor.

Pure: no Django, no clock, no settings.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

LOT_MONTHS: Final = 12


def add_months(anchor: date, months: int) -> date:
    """The same day so many calendar months later; a day that month lacks becomes its last (29 Feb -> 28 Feb)."""
    return anchor + relativedelta(months=months)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after that day in the zone, in UTC: days are half-open."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)


def lot_expiry(purchased_at: datetime, zone: ZoneInfo) -> datetime:
    """When a lot bought then lapses: the end of the day twelve calendar months later, in the organization's zone."""
    return end_of_day(add_months(purchased_at.astimezone(zone).date(), LOT_MONTHS), zone)


def last_day(expires_at: datetime, zone: ZoneInfo) -> date:
    """The last day on which something that expires at that instant is still good."""
    # In UTC: where the clock jumps at midnight, the wall's last microsecond is not the one before this instant.
    return (expires_at.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone).date()


def month_end(started_at: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """The end of the month that `now` lies in, months being counted from the day of the start in the zone; in UTC."""
    anchor, today = started_at.astimezone(zone).date(), now.astimezone(zone).date()
    months = (today.year - anchor.year) * 12 + today.month - anchor.month
    if add_months(anchor, months) <= today:
        months += 1
    return end_of_day(add_months(anchor, max(months, 1)) - timedelta(days=1), zone)


def utc_month(instant: datetime) -> date:
    """The first day of the instant's calendar month in UTC; allotments are counted by it."""
    return instant.astimezone(UTC).date().replace(day=1)


def period_start(period: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Start of the calendar `day`, `week` (Monday) or `month` that `now` lies in, in the zone; an instant in UTC."""
    today = now.astimezone(zone).date()
    starts = {
        "day": today,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
    }
    return datetime.combine(starts[period], time.min, tzinfo=zone).astimezone(UTC)


def period_end(period: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Start of the next calendar period, an instant in UTC."""
    start = period_start(period, now, zone).astimezone(zone).date()
    steps = {"day": relativedelta(days=1), "week": relativedelta(weeks=1), "month": relativedelta(months=1)}
    return datetime.combine(start + steps[period], time.min, tzinfo=zone).astimezone(UTC)
