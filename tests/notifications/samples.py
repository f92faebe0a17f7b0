"""Facts of each kind of notice, as the rules post them, and what a test asks of the outbox."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from notifications import outbox
from notifications.models import Delivery, Notice
from subscriptions.models import Organization
from tests.factories import NOW

FACTS: dict[Notice.Kind, dict[str, Any]] = {
    Notice.Kind.RECHARGE_PAID: {
        "amount": Decimal("50.000000"),
        "currency": "USD",
        "balance": Decimal("63.105"),
        "card": "Visa •••• 4242",
        "payment": "00000000-0000-4000-8000-000000000001",
        "expires_on": date(2027, 11, 2),
    },
    Notice.Kind.RECHARGE_FAILED: {
        "amount": "50.00",
        "currency": "USD",
        "card": "Visa •••• 9995",
        "cause": "insufficient_funds",
        "next_try_at": "2026-11-03T09:00:00+00:00",
        "paused": False,
    },
    Notice.Kind.BELOW_ZERO: {"balance": "-2.355", "currency": "USD", "auto_recharge": False},
    Notice.Kind.MINUTES_LOW: {
        "pool": "domestic US MCOPSTN1",
        "month": date(2026, 11, 1),
        "used": 300_400,
        "size": 363_000,
    },
    Notice.Kind.MINUTES_USED: {
        "pool": "conference",
        "month": date(2026, 11, 1),
        "used": 6_900,
        "size": 6_900,
    },
}


def post(
    organization: Organization,
    kind: Notice.Kind = Notice.Kind.BELOW_ZERO,
    *,
    key: str = "first",
    now: datetime = NOW,
    **facts: Any,
) -> Notice:
    """The notice of that occasion, just posted."""
    outbox.post(kind, to=organization, key=key, facts=FACTS[kind] | facts, now=now)
    return Notice.objects.get(organization=organization, kind=kind, key=key)


def one_delivery(organization: Organization, *, now: datetime = NOW) -> Delivery:
    """A copy that is due: that of the owner alone."""
    notice = post(organization)
    outbox.address(notice, now=now)
    notice.deliveries.exclude(address__startswith="owner@").delete()
    return notice.deliveries.get()
