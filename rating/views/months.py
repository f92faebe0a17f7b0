"""The month that a report is asked for."""

from datetime import date
from typing import Final

from subscriptions import periods

#: As long as calls are taken at all (decision: age), and the month that has begun.
_MONTHS: Final = 14


def newest_first(today: date) -> list[date]:
    """The months one can ask for, by their first days."""
    return [periods.add_months(today.replace(day=1), -back) for back in range(_MONTHS)]


def chosen(months: list[date], asked: str) -> date:
    """The month that the address names as `2026-11`; the newest for anything else."""
    return next((month for month in months if f"{month:%Y-%m}" == asked), months[0])
