"""Dial-out from conferences: who organized them, how long it was, and what it took from the credits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Sum

from rating.models import UsageRecord
from subscriptions.models import Organization, Subscriber


@dataclass(frozen=True, slots=True)
class DialOut:
    """The dial-out of one organizer, or of nobody known: calls, billed minutes and what they cost, in the currency."""

    organizer: Subscriber | None
    calls: int
    minutes: int
    spent: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class InAll:
    """What the dial-out of all organizers comes to."""

    organizers: int
    calls: int
    minutes: int
    spent: Decimal


def dial_out_in_all(rows: Sequence[DialOut]) -> InAll:
    """The sums of those rows; pure."""
    return InAll(
        organizers=len(rows),
        calls=sum(row.calls for row in rows),
        minutes=sum(row.minutes for row in rows),
        spent=sum((row.spent for row in rows), Decimal(0)),
    )


def dial_out_by_organizer(organization: Organization, since: datetime, until: datetime) -> list[DialOut]:
    """One row for each organizer of conferences that dialed out in [since, until), the dearest first; two statements.

    All dial-out is the organizer's, whoever pressed the key (trade 1.2, 4.3). Calls that wait are not in it yet.
    """
    records = organization.usage_records.filter(call_type="conf_out", started_at__gte=since, started_at__lt=until)
    sums = (
        records.exclude(state=UsageRecord.State.WAITING)
        .values("subscriber_id")
        .annotate(calls=Count("pk"), billed=Sum("minutes"), spent=Sum("charge"))
        .order_by("-spent", "-billed", "subscriber_id")
    )
    found = list(sums)
    people = Subscriber.objects.in_bulk([row["subscriber_id"] for row in found if row["subscriber_id"]])
    return [
        DialOut(
            people.get(row["subscriber_id"]), row["calls"], row["billed"], row["spent"], organization.account.currency
        )
        for row in found
    ]
