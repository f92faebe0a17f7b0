"""The books are checked after every test of this folder."""

from datetime import datetime
from decimal import Decimal

import pytest

from credits import accounts, ledger
from credits.models import Account, Lot
from subscriptions.models import Organization, User
from tests import fakes
from tests.fakes import FakeGateway
from tests.integrity import books_are_right

__all__ = ["books_are_right"]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    """The payment provider; it pays unless it is scripted otherwise."""
    return fakes.install(monkeypatch)


@pytest.fixture
def account(contoso: Organization, now: datetime) -> Account:
    """Contoso's, with $50 in it."""
    with accounts.changing(contoso.account.pk, now=now) as locked:
        ledger.grant(locked, kind=Lot.Kind.PROMOTION, amount=Decimal(50), key="start", why="", now=now)
    return contoso.account


@pytest.fixture
def owner(contoso: Organization) -> User:
    return contoso.memberships.get(role="owner").user
