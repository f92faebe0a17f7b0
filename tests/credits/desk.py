"""What the tests of the ledger do with it: every operation by its name, in whole millionths, lots by their place."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from credits import accounts, expiry, figures, holds, invariants, ledger, till
from credits.ledger import Charge
from credits.models import Account, Journal, Lot, Payment
from subscriptions import money
from subscriptions.models import Organization, User
from tests import factories


def micros(amount: str | int) -> int:
    """Millionths of an amount written as people write it."""
    return money.to_micros(Decimal(amount))


def broken(account: Account | None, *, now: datetime) -> dict[str, Any]:
    """The integrity checks that do not hold, by name, with the offending rows; empty when the books are right."""
    of = account.pk if account else None
    return {name: rows for name, check in invariants.CHECKS.items() if (rows := check(of, now))}


def broken_after_sweeping(*, now: datetime) -> dict[str, Any]:
    """The same for all accounts, once what has expired by then is booked."""
    expiry.expire_due(now=now)
    return broken(None, now=now)


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is taken back at the end; the rules see no transaction around them, as in a test case."""
    around = transaction.atomic()
    around._from_testcase = True  # type: ignore[attr-defined]  # as Django's own TestCase marks its own
    with around:
        try:
            yield
        finally:
            transaction.set_rollback(True)


class Desk:
    """One account and somebody to work at it. The methods are those of reference.Book, done to the real ledger."""

    def __init__(self, organization: Organization) -> None:
        self.account = Account.objects.get(organization=organization)
        self.actor: User = organization.memberships.get(role="owner").user

    def lot(self, place: int) -> Lot:
        """The lot at that place in the order in which they were made."""
        return self.account.lots.order_by("pk")[place]

    def journal(self, key: str) -> Journal:
        """The journal of that key; a call's, when the key is `hold:` and the key of its hold."""
        call = key.removeprefix("hold:")
        return self.account.journals.get(hold__key=call) if call != key else self.account.journals.get(key=key)

    @staticmethod
    def name(journal: Journal) -> str:
        return f"hold:{journal.hold.key}" if hasattr(journal, "hold") else journal.key

    def fresh(self) -> Account:
        return Account.objects.select_related("organization").get(pk=self.account.pk)

    def picture(self, now: datetime) -> dict[str, Any]:
        """The same as reference.Book.picture, read from the database."""
        account = self.fresh()
        lots = account.lots.order_by("pk")
        return {
            "balance": money.to_micros(account.balance),
            "overdraft": money.to_micros(account.overdraft),
            "held": money.to_micros(account.held),
            "available": money.to_micros(figures.of(account, now=now).available),
            "debts": [
                (self.name(debt.journal), money.to_micros(debt.remaining))
                for debt in account.debts.oldest_first().select_related("journal__hold")
            ],
            "lots": [
                (
                    *map(money.to_micros, (lot.remaining, lot.held, lot.expired, lot.voided)),
                    lot.frozen_at is not None,
                    lot.expires_at,
                )
                for lot in lots
            ],
            "holds": {
                hold.key: (
                    hold.state,
                    money.to_micros(hold.amount),
                    sum(money.to_micros(part.amount) for part in hold.parts.all()),
                )
                for hold in account.holds.prefetch_related("parts")
            },
        }

    # Money in

    def promote(self, amount: str | int, *, now: datetime, ends: datetime | None = None, key: str = "") -> Lot:
        """Promotional credit."""
        with accounts.changing(self.account.pk, now=now) as account:
            return ledger.grant(
                account,
                kind=Lot.Kind.PROMOTION,
                amount=Decimal(amount),
                key=key or f"gift:{uuid.uuid4()}",
                why="",
                now=now,
                expires_at=ends,
            )

    def buy(self, amount: str | int, *, now: datetime) -> Lot:
        """A purchase whose payment has succeeded."""
        method = self.account.payment_methods.first() or factories.MethodFactory.create(account=self.account)
        payment = Payment.objects.create(
            account=self.account,
            kind=Payment.Kind.MANUAL,
            state=Payment.State.SUCCEEDED,
            method=method,
            currency=self.account.currency,
            amount=Decimal(amount),
            provider_ref=f"pi_{uuid.uuid4().hex}",
            created_at=now,
            due_at=now,
            submitted_at=now,
            closed_at=now,
        )
        with accounts.changing(self.account.pk, now=now) as account:
            return ledger.grant(
                account,
                kind=Lot.Kind.PURCHASE,
                amount=payment.amount,
                key=f"payment:{payment.key}",
                why="",
                now=now,
                payment=payment,
            )

    def adjust(self, amount: str | int, *, now: datetime, key: str = "adjusted", why: str = "promised") -> None:
        with accounts.changing(self.account.pk, now=now) as account:
            ledger.adjust(account, Decimal(amount), key=key, why=why, actor=self.actor, now=now)

    # Money out

    def spend(self, *amounts: str | int, now: datetime, key: str = "call") -> list[Journal]:
        """Charges of these amounts, in one batch; their keys are `key:0`, `key:1` and so on."""
        charges = {f"{key}:{number}": micros(amount) for number, amount in enumerate(amounts)}
        ids = self.debit(charges, now=now)
        return [Journal.objects.get(pk=pk) for pk in ids]

    def debit(self, charges: dict[str, int], *, now: datetime) -> list[int]:
        with accounts.changing(self.account.pk, now=now) as account:
            return ledger.debit(account, [Charge(key, cost, "") for key, cost in charges.items()], now=now)

    def take(self, key: str, cost: int, *, now: datetime) -> int:
        """One charge at once, by the short way where nothing follows from it."""
        return till.take(self.account.pk, Charge(key, cost, ""), now=now)

    def correct(self, key: str, cost: int, *, now: datetime, under: str = "") -> None:
        """Give back so much of the charge of that key."""
        with accounts.changing(self.account.pk, now=now) as account:
            ledger.correct(
                account, self.journal(key), cost, key=under or f"correct:{uuid.uuid4()}", why="misrated", now=now
            )

    # Taken back

    def expire(self, *, now: datetime) -> None:
        expiry.expire_due(now=now)

    def refund(self, place: int, cost: int, *, now: datetime, key: str = "") -> None:
        payment = self.lot(place).payment
        assert payment is not None
        with accounts.changing(self.account.pk, now=now) as account:
            lot = ledger.refundable(account, payment, now=now)
            if not 0 < cost <= money.to_micros(lot.remaining - lot.held):
                raise ledger.NotRefundable
            ledger.refund(
                account,
                payment,
                money.from_micros(cost),
                key=key or f"given back:{uuid.uuid4()}",
                why="asked for",
                actor=self.actor,
                now=now,
            )

    def void(self, place: int, *, now: datetime, key: str = "") -> None:
        with accounts.changing(self.account.pk, now=now) as account:
            ledger.void(
                account, self.lot(place), key=key or f"void:{uuid.uuid4()}", why="wrong", actor=self.actor, now=now
            )

    def freeze(self, place: int, *, now: datetime) -> None:
        with accounts.changing(self.account.pk, now=now) as account:
            ledger.freeze(account, self.lot(place), now=now)

    def thaw(self, place: int, *, now: datetime) -> None:
        with accounts.changing(self.account.pk, now=now) as account:
            ledger.thaw(account, self.lot(place))

    def lose(self, key: str, place: int, cost: int | None = None, *, now: datetime) -> None:
        """All of the payment, or so much of it."""
        amount = None if cost is None else money.from_micros(cost)
        with accounts.changing(self.account.pk, now=now) as account:
            ledger.lose(account, self.lot(place), key=key, why="dispute lost", now=now, amount=amount)

    # Holds

    def reserve(self, key: str, cost: int, *, until: datetime, now: datetime) -> None:
        holds.reserve(self.account, key, cost, until=until, now=now)

    def extend(self, key: str, cost: int, *, until: datetime, now: datetime) -> None:
        holds.extend(self.account, key, cost, until=until, now=now)

    def settle(self, key: str, cost: int, *, now: datetime) -> None:
        holds.settle(self.account, key, cost, why="", now=now)

    def release(self, key: str, *, now: datetime) -> None:
        holds.release(self.account, key, now=now)

    def lapse(self, *, now: datetime) -> None:
        holds.lapse_due(now=now)
