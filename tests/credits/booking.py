"""What a test of the pages books before it looks: funds, charges, payments; and where the pages are."""

from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.urls import reverse

from credits import accounts, ledger, payments
from credits.models import Account, Lot, Payment
from subscriptions.models import Organization
from tests.factories import NOW


def url(organization: Organization, name: str, *args: object) -> str:
    """The address of one of the organization's credits pages."""
    return reverse(f"credits:{name}", args=[organization.slug, *args])


def fund(account: Account, amount: str, *, key: str = "gift", expires_at: datetime | None = None) -> Lot:
    """Credit without a payment."""
    with accounts.changing(account.pk, now=NOW) as locked:
        return ledger.grant(
            locked, kind=Lot.Kind.PROMOTION, amount=Decimal(amount), key=key, why="Gift", now=NOW, expires_at=expires_at
        )


def spend(account: Account, cents: int, *, times: int = 1, now: datetime = NOW) -> None:
    """So many calls of so many cents, charged at once."""
    with accounts.changing(account.pk, now=now) as locked:
        begin = locked.journals.count()
        charges = [ledger.Charge(f"call:{begin + n}", cents * 10_000, "call") for n in range(times)]
        ledger.debit(locked, charges, now=now)


def ordered(account: Account, amount: str = "50") -> Payment:
    """A payment by the account's first card that nobody has sent yet."""
    method = account.payment_methods.active()[0]
    person = account.organization.memberships.get(role="billing_admin").user
    return payments.place_order(account, amount=Decimal(amount), key=uuid4(), method=method, actor=person, now=NOW)


def charged(account: Account, amount: str = "50") -> Payment:
    """A payment whose charge the provider was asked for."""
    payment = ordered(account, amount)
    payments.charge(payment, now=NOW)
    payment.refresh_from_db()
    return payment
