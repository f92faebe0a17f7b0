"""What stands at the edge of the house in a test: a payment provider that does what its script says."""

import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

import pytest

from credits import gateway
from credits.gateway import Answer, Busy, Card, Gateway, Order, Unanswered, Unreachable
from subscriptions import money

#: Outcomes a charge may be scripted with; any other word is a decline by that code.
PAID: Final = "paid"
PROCESSING: Final = "processing"
BANK: Final = "requires_action"
BUSY: Final = "busy"  # no money taken, and nothing known of it
LOST: Final = "lost"  # the request never arrived
PAID_UNANSWERED: Final = "paid_unanswered"  # money was taken, the answer got lost


class FakeGateway:
    """A provider in memory: customers, cards, pages and charges; a charge's key is good once, as at the real one.

    `script("paid", "insufficient_funds", "lost")` says what the next charges do; unscripted ones succeed.
    `reachable = False` makes everything but `charge` raise Unreachable, and `charge` raise Unanswered.
    """

    def __init__(self, *outcomes: str) -> None:
        self.reachable = True
        self.outcomes: deque[str] = deque(outcomes)
        self.orders: list[Order] = []  # every request to charge, repetitions included
        self.charges: dict[str, Answer] = {}  # by key: what the provider has on record
        self.customers: dict[str, str] = {}  # by idempotency key
        self.sessions: dict[str, Card | None] = {}
        self.forgotten: list[str] = []

    def script(self, *outcomes: str) -> None:
        """What the next charges do, in order."""
        self.outcomes.extend(outcomes)

    @property
    def taken(self) -> int:
        """How much money was taken in all, in the smallest unit."""
        return sum(answer.minor for answer in self.charges.values() if answer.state == "succeeded")

    def create_customer(self, *, key: str, name: str, email: str) -> str:
        self._reach()
        return self.customers.setdefault(key, f"cus_{len(self.customers) + 1}_{key}")

    def card_page(self, *, customer: str, success_url: str, cancel_url: str) -> str:
        self._reach()
        session = f"cs_{secrets.token_hex(4)}"
        self.sessions[session] = None
        return f"https://provider.test/pay/{session}?customer={customer}"

    def add_card(self, customer: str, *, brand: str = "visa", last4: str = "4242", exp_year: int = 2031) -> str:
        """Somebody filled in the provider's page; answers the session to come back with."""
        number = len(self.sessions) + 1
        session = f"cs_done_{number}"
        self.sessions[session] = Card(f"pm_added_{number}", customer, brand, last4, 12, exp_year)
        return session

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
        outcome = self.outcomes.popleft() if self.outcomes else PAID
        if outcome == BUSY:
            raise Busy("rate limit")
        if outcome == LOST:
            raise Unanswered("timed out")
        answer = self._decide(order, outcome)
        self.charges[str(order.key)] = answer
        if outcome == PAID_UNANSWERED:
            raise Unanswered("timed out")
        return answer

    def find(self, order: Order, *, since: datetime) -> Answer | None:
        self._reach()
        return self.charges.get(str(order.key))

    def charges_made(self, *, since: datetime) -> Iterator[Answer]:
        self._reach()
        yield from self.charges.values()

    def finish(self, key: object, *, code: str = "") -> Answer:
        """What was processing or with the bank ends: paid, or declined by that code."""
        answer = replace(self.charges[str(key)], state="failed" if code else "succeeded", code=code)
        self.charges[str(key)] = answer
        return answer

    def _decide(self, order: Order, outcome: str) -> Answer:
        answer = Answer(
            state="failed",
            ref=f"pi_{order.key.hex[:16]}",
            key=str(order.key),
            minor=money.to_minor(order.total, order.currency),
            currency=order.currency,
        )
        if outcome in {PAID, PAID_UNANSWERED}:
            return replace(answer, state="succeeded")
        if outcome == PROCESSING:
            return replace(answer, state="processing")
        if outcome == BANK:
            return replace(answer, state="requires_action")
        return replace(answer, code=outcome)

    def _reach(self) -> None:
        if not self.reachable:
            raise Unreachable("no connection")


def install(monkeypatch: pytest.MonkeyPatch, *outcomes: str) -> FakeGateway:
    """Put a fake in the provider's place for the length of a test, and answer it."""
    fake = FakeGateway(*outcomes)
    provider: Gateway = fake  # it speaks the whole protocol, or mypy objects here
    monkeypatch.setattr(gateway, "connect", lambda: provider)
    return fake
