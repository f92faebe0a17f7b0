"""Currencies whose smallest unit is not a hundredth: six places inside, the currency's own outside."""

from datetime import datetime
from decimal import Decimal

import pytest

from credits import figures, limits
from credits.limits import OutsideLimits
from subscriptions import money
from subscriptions.money import NotExact, shown, to_minor
from tests import factories
from tests.credits.desk import Desk, broken


@pytest.mark.parametrize(
    ("currency", "amount", "page"),
    [
        ("USD", "1.239999", "1.23"),
        ("USD", "-0.000001", "-0.01"),
        ("JPY", "1.999999", "1"),
        ("JPY", "-0.000001", "-1"),
        ("JPY", "0.999999", "0"),
        ("KWD", "1.239999", "1.239"),
        ("KWD", "-0.000001", "-0.001"),
        ("KWD", "-1.239001", "-1.240"),
        ("JPY", "0", "0"),
        ("KWD", "0", "0.000"),
    ],
)
def test_what_a_page_shows(currency: str, amount: str, page: str) -> None:
    assert str(shown(Decimal(amount), currency)) == page


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("USD", "50", 5000), ("USD", "50.01", 5001), ("JPY", "5000", 5000), ("KWD", "50", 50_000), ("KWD", "0.001", 1)],
)
def test_the_smallest_unit_of_the_card_networks(currency: str, amount: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert money.from_minor(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(("currency", "amount"), [("USD", "0.001"), ("JPY", "0.5"), ("KWD", "0.0001")])
def test_what_no_card_can_be_charged_is_named(currency: str, amount: str) -> None:
    with pytest.raises(NotExact):
        to_minor(Decimal(amount), currency)


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
@pytest.mark.parametrize("amount", ["0.01", "49", "1000001", "-50"])
def test_a_purchase_outside_the_limits_is_named(currency: str, amount: str) -> None:
    with pytest.raises(OutsideLimits):
        limits.check(Decimal(amount), currency)


@pytest.mark.django_db
@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_the_ledger_keeps_six_places_in_every_currency(currency: str, now: datetime) -> None:
    organization = factories.AccountFactory.create(organization__currency=currency).organization
    factories.MembershipFactory.create(organization=organization, role="owner")
    desk = Desk(organization)

    desk.promote("12.345678", now=now)
    desk.spend("0.000001", "2.345677", "0.5", now=now)

    account = desk.fresh()
    assert (account.currency, account.balance) == (currency, Decimal("9.500000"))
    assert figures.of(account, now=now).available == Decimal("9.5")
    assert broken(account, now=now) == {}


@pytest.mark.django_db
@pytest.mark.parametrize(("currency", "page"), [("USD", "-0.01"), ("JPY", "-1"), ("KWD", "-0.001")])
def test_a_millionth_owed_is_never_shown_as_zero(currency: str, page: str, now: datetime) -> None:
    organization = factories.AccountFactory.create(organization__currency=currency).organization
    factories.MembershipFactory.create(organization=organization, role="owner")
    desk = Desk(organization)

    desk.spend("0.000001", now=now)

    assert str(shown(desk.fresh().balance, currency)) == page
