"""Numbers that were called, found by a part of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Max

from rating.models import UsageRecord
from subscriptions.finding import digits_in
from subscriptions.models import Organization

#: So many of the newest calls are looked through: a list of all calls is behind the way that Usage offers.
LOOKED_THROUGH: Final = 5_000


@dataclass(frozen=True, slots=True)
class Called:
    """A number, how often it stands among the newest calls, and when the last of them began."""

    number: str
    calls: int
    last_at: datetime


def called(organization: Organization, text: str, *, limit: int) -> list[Called]:
    """Those with the digits in them, the one called last first. Only for members who see numbers whole."""
    digits = digits_in(text)
    if not digits:
        return []
    newest = organization.usage_records.order_by("-started_at", "-pk").values("pk")[:LOOKED_THROUGH]
    found = UsageRecord.objects.filter(pk__in=newest, destination__contains=digits).values("destination")
    rows = found.annotate(calls=Count("pk"), last_at=Max("started_at")).order_by("-last_at", "destination")
    return [Called(row["destination"], row["calls"], row["last_at"]) for row in rows[:limit]]
