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
        "receipt": 7,
        "reason": "trigger",
    },
    Notice.Kind.RECHARGE_FAILED: {
        "amount": "50.00",
        "currency": "USD",
        "card": "Visa •••• 9995",
        "cause": "insufficient_funds",
        "next_try_at": "2026-11-03T09:00:00+00:00",
    },
    Notice.Kind.RECHARGE_PAUSED: {
        "amount": "50.00",
        "currency": "USD",
        "card": "Visa •••• 9995",
        "cause": "expired_card",
    },
    Notice.Kind.NEEDS_BANK: {
        "amount": "50.00",
        "currency": "USD",
        "card": "Visa •••• 3184",
        "payment": "00000000-0000-4000-8000-000000000002",
        "until": "2026-11-03T09:00:00+00:00",
    },
    Notice.Kind.FUNDS_ADDED: {
        "amount": Decimal("100.000000"),
        "currency": "USD",
        "balance": Decimal("112.5"),
        "card": "Mastercard •••• 4444",
        "payment": "00000000-0000-4000-8000-000000000003",
        "expires_on": date(2027, 11, 2),
        "receipt": 8,
    },
    Notice.Kind.REFUNDED: {
        "amount": "50.00",
        "tax": "10.00",
        "currency": "USD",
        "card": "Visa •••• 4242",
        "payment": "00000000-0000-4000-8000-000000000001",
        "receipt": 9,
        "balance": "13.105",
    },
    Notice.Kind.REFUND_DECLINED: {
        "amount": "50.00",
        "currency": "USD",
        "card": "Visa •••• 4242",
        "payment": "00000000-0000-4000-8000-000000000001",
        "said": "It was bought more than fourteen days ago.",
    },
    Notice.Kind.DISPUTED: {
        "amount": "50.00",
        "currency": "USD",
        "card": "Visa •••• 0259",
        "payment": "00000000-0000-4000-8000-000000000001",
        "stage": "opened",
        "waits": "37.50",
    },
    Notice.Kind.BALANCE_LOW: {"amount": "25.00", "balance": "24.805", "currency": "USD", "stage": "below"},
    Notice.Kind.LOT_EXPIRES: {
        "amount": "31.254",
        "currency": "USD",
        "expires_on": date(2026, 12, 1),
        "days": 30,
        "lots": 2,
    },
    Notice.Kind.CARD_EXPIRES: {
        "card": "Visa •••• 4242",
        "month": 12,
        "year": 2026,
        "days": 60,
        "next_charge_on": date(2026, 11, 19),
    },
    Notice.Kind.TERMS_CHANGED: {
        "by": "Adele Vance",
        "before": {
            "enabled": "True",
            "trigger_amount": "20.000000",
            "recharge_amount": "50.000000",
            "monthly_cap": "None",
            "before_expiry_days": "None",
        },
        "after": {
            "enabled": "True",
            "trigger_amount": "40",
            "recharge_amount": "50",
            "monthly_cap": "500",
            "before_expiry_days": "7",
        },
        "currency": "USD",
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
