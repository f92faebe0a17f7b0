"""Days of an account as drawings: the balance at the end of each, and marks where funds came in or expired."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from credits import plots
from credits.balance_history import Day
from credits.models import Account
from credits.plots import Mark
from subscriptions import periods
from subscriptions.templatetags.money import money

_DAY: Final = timedelta(days=1)
#: At most about so many stretches have marks of their own: more could not be told apart.
_STRETCHES: Final = 90


def by_day(account: Account, days: Sequence[Day], *, name: str = "balance-plot") -> plots.Svg:
    """The balance over those days (one at least), drawn large. `name` is unique on the page."""
    return plots.over_days(
        _points(account, days),
        name=name,
        title=_("Balance at the end of each day"),
        description=summary(account, days),
        zone=account.organization.zone,
        amount=lambda value: money(value, account.currency),
        day=lambda on: date_format(on, "MONTH_DAY_FORMAT"),
        marks=list(_marks(account, days)),
    )


def spark(account: Account, days: Sequence[Day], *, name: str = "balance-spark") -> plots.Svg:
    """The same as a small line; all it says is in its description, so it needs no table."""
    return plots.spark(
        _points(account, days),
        name=name,
        title=ngettext("Balance over %(count)d day", "Balance over %(count)d days", len(days)) % {"count": len(days)},
        description=summary(account, days),
        zone=account.organization.zone,
    )


def summary(account: Account, days: Sequence[Day]) -> str:
    """The days in a sentence, for those who do not see the drawing."""
    lowest = min(days, key=lambda day: day.closing)
    return _(
        "From %(first)s to %(last)s the balance went from %(opening)s to %(closing)s. "
        "It was lowest on %(when)s: %(lowest)s."
    ) % {
        "first": date_format(days[0].day, "DATE_FORMAT"),
        "last": date_format(days[-1].day, "DATE_FORMAT"),
        "opening": money(days[0].opening, account.currency),
        "closing": money(days[-1].closing, account.currency),
        "lowest": money(lowest.closing, account.currency),
        "when": date_format(lowest.day, "DATE_FORMAT"),
    }


def _points(account: Account, days: Sequence[Day]) -> list[plots.Point]:
    """Each day is drawn at its closing balance, from its midnight to the next."""
    zone = account.organization.zone
    found = [(periods.end_of_day(day.day - _DAY, zone), day.closing) for day in days]
    return [*found, (periods.end_of_day(days[-1].day, zone), days[-1].closing)]


def _marks(account: Account, days: Sequence[Day]) -> Iterator[Mark]:
    """Where funds came in and where some expired; of many days, those of a stretch share their marks."""
    zone, length = account.organization.zone, -(-len(days) // _STRETCHES)
    for start in range(0, len(days), length):
        stretch = days[start : start + length]
        for kind, moved in (("in", "added"), ("out", "expired")):
            total = sum((getattr(day, moved) for day in stretch), Decimal(0))
            if total:
                last = next(day for day in reversed(stretch) if getattr(day, moved))
                middle: datetime = periods.end_of_day(last.day - _DAY, zone) + _DAY / 2
                words = _("%(amount)s added, %(when)s") if kind == "in" else _("%(amount)s expired, %(when)s")
                told = {"amount": money(total, account.currency), "when": _when(stretch[0].day, last.day)}
                yield Mark(middle, last.closing, kind, words % told)


def _when(first: date, last: date) -> str:
    """A day, or a stretch of days."""
    ends = [date_format(day, "DATE_FORMAT") for day in (first, last)]
    return ends[1] if first == last else f"{ends[0]} – {ends[1]}"
