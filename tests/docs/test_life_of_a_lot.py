"""The table of docs/life-of-a-lot.md, walked step by step."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import pytest

from credits import accounts, figures, holds, ledger
from credits.ledger import Charge
from credits.models import Account, Journal, Lot, Payment
from subscriptions.models import Organization
from tests import factories
from tests.docs.pages import table

PAGE: Final = "docs/life-of-a-lot.md"
UNIT: Final = 10**6


@pytest.mark.django_db
def test_the_lot_lives_as_the_page_says(fabrikam: Organization, now: datetime) -> None:
    account = fabrikam.account
    actor = fabrikam.memberships.get(role="owner").user
    after_expiry = now + timedelta(days=400)

    def change(step: Callable[[Account], object], at: datetime) -> None:
        with accounts.changing(account.pk, now=at) as locked:
            step(locked)

    def buy(locked: Account) -> None:
        payment = Payment.objects.create(
            account=locked,
            kind=Payment.Kind.MANUAL,
            state=Payment.State.SUCCEEDED,
            method=factories.MethodFactory.create(account=locked),
            currency="USD",
            amount=Decimal(50),
            provider_ref="pi_1",
            created_at=now,
            due_at=now,
            submitted_at=now,
            closed_at=now,
        )
        ledger.grant(locked, kind=Lot.Kind.PURCHASE, amount=Decimal(50), key="buy", why="", now=now, payment=payment)

    def charge(amount: int) -> Callable[[Account], object]:
        return lambda locked: ledger.debit(locked, [Charge(f"call:{amount}", amount * UNIT, "")], now=now)

    def correct(locked: Account) -> None:
        ledger.correct(locked, Journal.objects.get(key="call:20"), 4 * UNIT, key="correct", why="", now=now)

    def refund(locked: Account) -> None:
        payment = Payment.objects.get()
        ledger.refund(locked, payment, Decimal(2), key="refund", why="asked for", actor=actor, now=now)

    steps: dict[str, tuple[Callable[[], object], datetime]] = {
        "buy 50": (lambda: change(buy, now), now),
        "charge 20": (lambda: change(charge(20), now), now),
        "hold 10": (lambda: holds.reserve(account, "call", 10 * UNIT, until=after_expiry, now=now), now),
        "charge 25": (lambda: change(charge(25), now), now),
        "settle the hold at 6": (lambda: holds.settle(account, "call", 6 * UNIT, why="", now=now), now),
        "correct 4 of the charge of 20": (lambda: change(correct, now), now),
        "refund 2": (lambda: change(refund, now), now),
        "wait until it has expired": (lambda: None, after_expiry),
        "expire": (lambda: change(lambda locked: ledger.expire(locked, now=after_expiry), after_expiry), after_expiry),
    }
    for row in table(PAGE, "One lot, step by step"):
        step, at = steps[row["step"]]
        step()
        read = figures.of(Account.objects.get(pk=account.pk), now=at)
        found = (read.settled, read.held, read.available, Account.objects.get(pk=account.pk).overdraft)
        said = tuple(Decimal(row[name]) for name in ("settled", "held", "available", "overdraft"))
        assert (row["step"], *found) == (row["step"], *said)
        assert Lot.objects.get().remaining == Decimal(row["left in the lot"]), row["step"]
