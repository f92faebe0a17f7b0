"""Two stages for the same play: the gateway on the sandbox over HTTP, and the fake in its place."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from credits.gateway import Answer, Gateway, Order, RefundAnswer, StripeGateway
from tests import fakes
from tests.config.provider import Sandbox
from tests.fake_records import REFUSED
from tests.fakes import FakeGateway

#: What the sandbox calls what the fake is scripted with.
_MODES = {
    fakes.BUSY: "rate_limited",
    fakes.LOST: "down",
    fakes.PAID_UNANSWERED: "charge_then_close",
    fakes.BACK_UNANSWERED: "charge_then_close",
    fakes.PENDING: "refund_pending",
}
_CARDS = {"success": fakes.PAID, "three_d_secure": fakes.BANK, "declined_later": "generic_decline"}


class Stage(Protocol):
    """A provider, and the people and the weather around it. A card is a name that the sandbox has for one."""

    provider: Gateway

    def order(self, card: str, *, total: Decimal = Decimal(50), currency: str = "USD", present: bool = False) -> Order:
        """A charge of this card that has not been made yet."""

    def next_is(self, *outcomes: str) -> None:
        """What goes wrong with the next request that moves money, in the fake's words."""

    def down(self) -> None:
        """The provider is away for the rest of the play."""

    def bank(self, answer: Answer, *, confirms: bool) -> None:
        """The person answers the bank's question."""

    def dispute(self, answer: Answer) -> str:
        """The card's holder complains; answers what the complaint is called."""

    def decide(self, ref: str, *, won: bool) -> None:
        """The bank decides about a complaint."""

    def end_refund(self, refund: RefundAnswer, *, succeeds: bool) -> None:
        """A refund that was pending ends."""


def _order(customer: str, method: str, total: Decimal, currency: str, *, present: bool) -> Order:
    back = "https://shop.example/back" if present else ""
    return Order(uuid.uuid4(), customer, method, total, currency, "Credits", present, back)


class OnTheSandbox:
    """What production runs, against the server that speaks Stripe's wire shape."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.provider: Gateway = StripeGateway("sk_test_sandbox", sandbox.url, timeout=(5, 5))

    def order(self, card: str, *, total: Decimal = Decimal(50), currency: str = "USD", present: bool = False) -> Order:
        return _order(*self.sandbox.customer_with(card), total, currency, present=present)

    def next_is(self, *outcomes: str) -> None:
        for outcome in outcomes:
            self.sandbox.switch(mode={"name": _MODES[outcome], "next": 1})

    def down(self) -> None:
        self.sandbox.switch(mode="down")

    def bank(self, answer: Answer, *, confirms: bool) -> None:
        self.sandbox.web.post(answer.action_url, data={"action": "confirm" if confirms else "refuse"})

    def dispute(self, answer: Answer) -> str:
        return str(self.sandbox.web.post("/sandbox/disputes", json={"payment_intent": answer.ref}).json()["id"])

    def decide(self, ref: str, *, won: bool) -> None:
        self.sandbox.web.post(f"/sandbox/disputes/{ref}/close", json={"status": "won" if won else "lost"})

    def end_refund(self, refund: RefundAnswer, *, succeeds: bool) -> None:
        said = {"status": "succeeded" if succeeds else "failed"}
        self.sandbox.web.post(f"/sandbox/refunds/{refund.ref}/settle", json=said)


class OnTheFake:
    """The fake that the rules are tested with."""

    def __init__(self) -> None:
        self.fake = FakeGateway()
        self.fake.at = datetime.now(UTC)
        self.provider: Gateway = self.fake

    def order(self, card: str, *, total: Decimal = Decimal(50), currency: str = "USD", present: bool = False) -> Order:
        self.fake.script(_CARDS.get(card, card))
        return _order("cus_1", "pm_1", total, currency, present=present)

    def next_is(self, *outcomes: str) -> None:
        self.fake.outcomes.extendleft(reversed(outcomes))
        self.fake.script_refunds(*outcomes)

    def down(self) -> None:
        self.fake.reachable = False

    def bank(self, answer: Answer, *, confirms: bool) -> None:
        self.fake.finish(answer.key, code="" if confirms else REFUSED)

    def dispute(self, answer: Answer) -> str:
        return self.fake.open_dispute(answer.ref).ref

    def decide(self, ref: str, *, won: bool) -> None:
        self.fake.close_dispute(ref, won=won)

    def end_refund(self, refund: RefundAnswer, *, succeeds: bool) -> None:
        self.fake.finish_refund(refund.key, code="" if succeeds else "expired_or_canceled_card")
