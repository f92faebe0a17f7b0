"""Calls as tests of pages need them: rows as the rules would have left them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from credits.models import Journal
from rating.models import Rate, RateDeck, UsageRecord
from subscriptions.models import Organization
from tests.factories import NOW

_ids = itertools.count(1)


def call(organization: Organization, *, charge: str = "0", **given: Any) -> UsageRecord:
    """One call of four minutes and a bit, an hour before now unless told; with a charge, a charged one."""
    started = given.pop("started_at", NOW - timedelta(hours=1))
    number = next(_ids)
    values: dict[str, Any] = {
        "source": "test",
        "usage_id": f"call-{number}",
        "body_hash": "0" * 64,
        "call_type": "user_out",
        "destination": "+886223456789",
        "started_at": started,
        "ended_at": started + timedelta(seconds=256),
        "seconds": 256,
        "minutes": 5,
        "received_at": NOW,
        "due_at": NOW,
        "charged_at": NOW,
        "state": UsageRecord.State.FREE,
    }
    if Decimal(charge):
        values |= {"state": UsageRecord.State.CHARGED, "charge": Decimal(charge)}
        values["journal"] = Journal.objects.create(
            account=organization.account,
            kind=Journal.Kind.USAGE,
            key=f"usage:test:{number}",
            at=NOW,
            movement=-Decimal(charge),
        )
    return UsageRecord.objects.create(organization=organization, **(values | given))


def deck(*rates: dict[str, Any], service: str = RateDeck.Service.OUTBOUND, **given: Any) -> RateDeck:
    """A published deck in dollars with those rates, in force since 15 October 2025."""
    values: dict[str, Any] = {
        "name": "Sample",
        "currency": "USD",
        "effective_on": date(2025, 10, 15),
        "checksum": "0" * 64,
        "sample": True,
        "created_at": datetime(2025, 10, 15, tzinfo=UTC),
    }
    made = RateDeck.objects.create(service=service, **(values | given))
    Rate.objects.bulk_create(Rate(deck=made, **rate) for rate in rates)
    made.published_at = made.created_at
    made.save()
    return made


def rate(
    prefix: str, country: str, destination: str, price: str, kind: str = Rate.Kind.LANDLINE, **terms: Any
) -> dict[str, Any]:
    """One row of a deck; inbound ones have no prefix. `terms` are its other columns."""
    return {
        "prefix": prefix,
        "country": country,
        "destination": destination,
        "per_minute": Decimal(price),
        "kind": kind,
        **terms,
    }
