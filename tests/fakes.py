"""What stands at the edge of the house in a test: a payment provider that does what its script says."""

import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from credits import gateway
from credits.gateway import (
    Answer,
    Busy,
    Card,
    Dispute,
    Gateway,
    Order,
    RefundAnswer,
    RefundOrder,
    Unanswered,
    Unreachable,
)
from subscriptions import money
from tests.fake_records import (
    ASKED,
    BACK,
    BACK_UNANSWERED,
    BANK,
    BUSY,
    LOST,
    PAID,
    PAID_UNANSWERED,
    PENDING,
    PROCESSING,
    REFUSED,
    Records,
    ended,
)

__all__ = [
    "BACK",
    "BACK_UNANSWERED",
    "BANK",
    "BUSY",
    "LOST",
    "PAID",
    "PAID_UNANSWERED",
    "PENDING",
    "PROCESSING",
    "FakeGateway",
    "install",
]


class FakeGateway(Records):
    """A provider in memory, customers and cards included; a charge's or refund's key is good once, as at the real one.

    `script("paid", "insufficient_funds", "lost")` says what the next charges (and confirmations) do,
    `script_refunds(..)` what the next refunds do; unscripted ones succeed, except that a bank which has wanted the
    person wants them again, and a card that was declined is again. `reachable = False` makes what moves money raise
    Unanswered, everything else Unreachable.
    """

    def __init__(self, *outcomes: str) -> None:
        super().__init__()
        self.reachable = True
        self.outcomes: deque[str] = deque(outcomes)
        self.refund_outcomes: deque[str] = deque()
        self.orders: list[Order] = []  # every request to charge, repetitions included
        self.customers: dict[str, str] = {}  # by idempotency key
        self.sessions: dict[str, Card | None] = {}
        self.forgotten: list[str] = []

    def script(self, *outcomes: str) -> None:
        """What the next charges and confirmations do, in order."""
        self.outcomes.extend(outcomes)

    def script_refunds(self, *outcomes: str) -> None:
        """What the next refunds do, in order."""
        self.refund_outcomes.extend(outcomes)

    def add_card(self, customer: str, *, brand: str = "visa", last4: str = "4242", exp_year: int = 2031) -> str:
        """Somebody filled in the provider's page; answers the session to come back with."""
        number = len(self.sessions) + 1
        session = f"cs_done_{number}"
        self.sessions[session] = Card(f"pm_added_{number}", customer, brand, last4, 12, exp_year)
        return session

    def create_customer(self, *, key: str, name: str, email: str) -> str:
        self._reach()
        return self.customers.setdefault(key, f"cus_{len(self.customers) + 1}_{key}")

    def card_page(self, *, customer: str, success_url: str, cancel_url: str) -> str:
        self._reach()
        session = f"cs_{secrets.token_hex(4)}"
        self.sessions[session] = None
        return f"https://provider.test/pay/{session}?customer={customer}"

    def card_of_session(self, session_ref: str) -> Card | None:
        self._reach()
        return self.sessions.get(session_ref)

    def forget_card(self, ref: str) -> None:
        self._reach()
        self.forgotten.append(ref)

    def charge(self, order: Order) -> Answer:
        self.orders.append(order)
        if not self.reachable:
            raise Unanswered("no connection")
        known = self.charges.get(str(order.key))
        if known is not None:
            return known
        outcome = self._next(PAID)
        ref = f"pi_{order.key.hex[:16]}"
        self.made[ref] = self.at
        minor = money.to_minor(order.total, order.currency)
        begun = Answer("failed", ref, str(order.key), minor, order.currency, customer=order.customer)
        return self._tell(self.decide(begun, order, outcome), outcome)

    def confirm(self, order: Order, ref: str) -> Answer:
        if not self.reachable:
            raise Unanswered("no connection")
        known = self.named(ref)
        if known is None:
            minor = money.to_minor(order.total, order.currency)
            return Answer("failed", ref, str(order.key), minor, order.currency, "invalid_request")
        if known.state not in ("failed", "requires_action"):
            return known
        asks = known.state == "requires_action" or known.code in (ASKED, REFUSED)
        outcome = self._next(BANK if asks else known.code)
        return self._tell(self.decide(known, replace(order, present=True), outcome), outcome)

    def cancel(self, ref: str) -> Answer:
        self._reach()
        known = self.named(ref)
        if known is None:
            return Answer("canceled", ref, "", 0, "", "resource_missing")
        if known.state in ("failed", "requires_action"):
            return self.keep(ended(known, "canceled", known.code))
        return known

    def retrieve(self, ref: str) -> Answer | None:
        self._reach()
        return self.named(ref)

    def find(self, order: Order, *, since: datetime) -> Answer | None:
        self._reach()
        return self.charges.get(str(order.key))

    def charges_made(self, *, since: datetime) -> Iterator[Answer]:
        self._reach()
        yield from (answer for answer in self.charges.values() if self.is_since(answer.ref, since))

    def refund(self, order: RefundOrder) -> RefundAnswer:
        if not self.reachable:
            raise Unanswered("no connection")
        known = self.refunds.get(str(order.key))
        if known is not None:
            return known
        outcome = self.refund_outcomes.popleft() if self.refund_outcomes else BACK
        if outcome == BUSY:
            raise Busy("rate limit")
        if outcome == LOST:
            raise Unanswered("timed out")
        answer = self.give_back(order, outcome)
        if outcome == BACK_UNANSWERED:
            raise Unanswered("timed out")
        return answer

    def find_refund(self, order: RefundOrder) -> RefundAnswer | None:
        self._reach()
        return self.refunds.get(str(order.key))

    def refunds_made(self, *, since: datetime, charge_ref: str = "") -> Iterator[RefundAnswer]:
        self._reach()
        for answer in self.refunds.values():
            if self.is_since(answer.ref, since) and charge_ref in ("", answer.charge_ref):
                yield answer

    def disputes(self, *, since: datetime, charge_ref: str = "") -> Iterator[Dispute]:
        self._reach()
        for dispute in self.complaints.values():
            if self.is_since(dispute.ref, since) and charge_ref in ("", dispute.charge_ref):
                yield dispute

    def _next(self, unscripted: str) -> str:
        """The next outcome; a busy provider and a lost request leave no record."""
        outcome = self.outcomes.popleft() if self.outcomes else unscripted
        if outcome == BUSY:
            raise Busy("rate limit")
        if outcome == LOST:
            raise Unanswered("timed out")
        return outcome

    def _tell(self, answer: Answer, outcome: str) -> Answer:
        self.keep(answer)
        if outcome == PAID_UNANSWERED:
            raise Unanswered("timed out")
        return answer

    def _reach(self) -> None:
        if not self.reachable:
            raise Unreachable("no connection")


def install(monkeypatch: pytest.MonkeyPatch, *outcomes: str) -> FakeGateway:
    """Put a fake in the provider's place for the length of a test, and answer it."""
    fake = FakeGateway(*outcomes)
    provider: Gateway = fake  # it speaks the whole protocol, or mypy objects here
    monkeypatch.setattr(gateway, "connect", lambda: provider)
    return fake
