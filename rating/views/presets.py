"""Times that people ask for all the time, each as an address that keeps the other filters."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from subscriptions import periods
from subscriptions.views import keyset

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr


@dataclass(frozen=True, slots=True)
class Preset:
    """A time: its name, the address that asks for it, and whether the page shows just that."""

    label: "LazyStr"
    address: str
    is_shown: bool


def of(asked: QueryDict, *, today: date) -> list[Preset]:
    """The times, the shortest first; days are those of the organization."""
    shown = asked.get("from", ""), asked.get("to", "")
    found = []
    for label, first, last in _times(today):
        times = first.isoformat(), last.isoformat()
        query = asked.copy()
        for name in keyset.NAMES:
            query.pop(name, None)
        query["from"], query["to"] = times
        found.append(Preset(label, f"?{query.urlencode()}", shown == times))
    return found


def _times(today: date) -> "list[tuple[LazyStr, date, date]]":
    month = today.replace(day=1)
    before = periods.add_months(month, -1)
    return [
        (_("Today"), today, today),
        (_("Last 7 days"), today - timedelta(days=6), today),
        (_("This month"), month, today),
        (_("Last month"), before, month - timedelta(days=1)),
        (_("Last 3 months"), periods.add_months(today, -3) + timedelta(days=1), today),
    ]
