"""Whether an organization may still make calls that need credit. One function answers it for doors, pages and mails."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from credits import figures
from credits.models import Account
from subscriptions import money
from subscriptions.models import Organization


@dataclass(frozen=True, slots=True)
class Standing:
    """`available` decides about new calls; `balance` (holds not regarded) about the banner and the notice."""

    available: Decimal
    balance: Decimal
    currency: str

    @property
    def blocked(self) -> bool:
        """If new chargeable calls are refused (`580406`): nothing is available."""
        return self.available <= 0

    @property
    def alarming(self) -> bool:
        """If the pages show the banner: at or below zero."""
        return self.balance <= 0

    @property
    def least_to_call(self) -> Decimal:
        """The least amount of funds, in whole smallest units, that brings the balance above zero; zero when it is."""
        unit = Decimal(1).scaleb(-money.places(self.currency))
        return (-self.balance // unit + 1) * unit if self.alarming else Decimal(0)


def of(organization: Organization, *, now: datetime) -> Standing | None:
    """The standing of the organization, or None when it has no account yet."""
    account = Account.objects.filter(organization=organization).first()
    return None if account is None else of_account(account, now=now)


def of_account(account: Account, *, now: datetime) -> Standing:
    """The standing of the account at that instant."""
    read = figures.of(account, now=now)
    return Standing(available=read.available, balance=read.usable, currency=account.currency)


def may_call(organization: Organization, *, now: datetime) -> bool:
    """If a new chargeable call may begin. Emergency calls, calls within allotments and ordinary inbound never ask."""
    standing = of(organization, now=now)
    return standing is not None and not standing.blocked
