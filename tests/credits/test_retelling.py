"""Notices of this floor are looked at again before they are told: levels, and payments that wait for the bank."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from credits.models import BalanceLevel, Payment
from notifications import outbox
from notifications.models import Notice
from subscriptions.models import Organization
from tests.credits.booking import ordered

LEVEL = Decimal(25)


def still_told(organization: Organization, kind: Notice.Kind, key: str, now: datetime, **facts: Any) -> bool:
    """If the notice is told when it is due."""
    outbox.post(kind, to=organization, key=key, facts={"currency": "USD", **facts}, now=now)
    outbox.deliver_due(now=now, limit=10)
    return Notice.objects.get(key=key).addressed_at is not None


@pytest.mark.parametrize(
    ("state", "crossings", "stage", "told"),
    [
        ("approaching", 3, "approaching", True),
        ("quiet", 3, "approaching", False),
        ("below", 3, "approaching", False),
        ("below", 3, "below", True),
        ("quiet", 3, "below", False),
        ("below", 4, "below", False),
        ("quiet", 3, "recovered", True),
        ("approaching", 4, "recovered", True),
        ("below", 4, "recovered", False),
    ],
)
def test_a_level_is_told_of_while_the_balance_stands_there(
    contoso: Organization, now: datetime, state: str, crossings: int, stage: str, told: bool
) -> None:
    level = BalanceLevel.objects.create(account=contoso.account, amount=LEVEL, state=state, crossings=crossings)
    facts = {"amount": LEVEL, "balance": "24.80", "stage": stage}

    assert still_told(contoso, Notice.Kind.BALANCE_LOW, f"low:{level.pk}:3:{stage}", now, **facts) == told


def test_a_level_that_was_removed_is_not_told_of(contoso: Organization, northwind: Organization, now: datetime) -> None:
    level = BalanceLevel.objects.create(account=northwind.account, amount=LEVEL, state="below", crossings=3)
    facts = {"amount": LEVEL, "balance": "24.80", "stage": "below"}

    assert not still_told(contoso, Notice.Kind.BALANCE_LOW, f"low:{level.pk}:3:below", now, **facts)


@pytest.mark.parametrize(("state", "told"), [("requires_action", True), ("pending", False)])
def test_the_bank_is_told_of_while_the_payment_waits_for_it(
    contoso: Organization, now: datetime, state: str, told: bool
) -> None:
    payment = ordered(contoso.account)
    Payment.objects.filter(pk=payment.pk).update(state=state)
    facts = {"amount": payment.amount, "card": "Visa •••• 4242", "payment": payment.key, "until": now}

    assert still_told(contoso, Notice.Kind.NEEDS_BANK, f"bank:{payment.key}", now, **facts) == told
