"""What tests of re-rating share: a deck that takes another's place, and the re-rating of a month."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from credits import accounts, ledger
from credits.models import Account, Lot
from rating import charging, rerating
from rating.models import RateDeck, Rerating
from subscriptions.models import Organization, User
from tests import factories
from tests.rating import cast

OCTOBER: Final = date(2026, 10, 1)


def replaced(rates: dict[str, str], service: str = RateDeck.Service.OUTBOUND, on: date = cast.SAMPLE_DAY) -> RateDeck:
    """A deck of these rates; those of the service that stood until now are withdrawn."""
    RateDeck.objects.standing().filter(service=service).update(withdrawn_at=factories.NOW)
    return cast.deck(rates, service, on)


def again(
    organization: Organization, now: datetime, *, why: str = "wrong deck", actor: User | None = None
) -> Rerating | None:
    """October of the organization, re-rated."""
    account = Account.objects.get(organization=organization)
    return rerating.apply(account, OCTOBER, OCTOBER, why=why, actor=actor, now=now)


def charge_all(now: datetime) -> None:
    while charging.charge_due(now=now):
        pass


@contextmanager
def changing(organization: Organization, now: datetime) -> Iterator[Account]:
    with accounts.changing(organization.account.pk, now=now) as account:
        yield account


def grant(organization: Organization, amount: str, *, now: datetime, expires_at: datetime) -> Lot:
    with changing(organization, now) as account:
        return ledger.grant(
            account,
            kind=Lot.Kind.PROMOTION,
            amount=Decimal(amount),
            key=f"gift:{amount}",
            why="Welcome",
            now=now,
            expires_at=expires_at,
        )
