"""A provider in memory that fails as real ones do, and the events that it sends."""

import random
from typing import Any, Final

from credits.gateway import PAYMENT_KEY, Answer, Order
from tests.fakes import BANK, BUSY, LOST, PAID, PAID_UNANSWERED, PROCESSING, FakeGateway

#: What becomes of a charge, and how often in a hundred.
_OUTCOMES: Final = {
    PAID: 50,
    PAID_UNANSWERED: 12,
    LOST: 8,
    BUSY: 8,
    PROCESSING: 6,
    BANK: 10,
    "insufficient_funds": 12,
    "expired_card": 4,
}
_STATUS: Final = {"failed": "requires_payment_method"}
_KIND: Final = {"failed": "payment_failed"}


class Provider(FakeGateway):
    """Decides by the seed's chance until it is told to be `calm`: then every charge is paid and answered."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.calm = False

    def charge(self, order: Order) -> Answer:
        if str(order.key) not in self.charges and not self.calm:
            self.script(*self.chance.choices(list(_OUTCOMES), list(_OUTCOMES.values())))
        return super().charge(order)

    def _reach(self) -> None:
        if not self.calm and self.chance.random() < 0.1:
            self.reachable = False
        try:
            super()._reach()
        finally:
            self.reachable = True


def event_about(answer: Answer, *, says: str, ref: str) -> tuple[str, dict[str, Any]]:
    """The kind and the payload of an event that says so of a charge: what is so now, or was so earlier."""
    paid = answer.minor if says == "succeeded" else 0
    intent = {
        "id": answer.ref,
        "status": _STATUS.get(says, says),
        "amount": answer.minor,
        "amount_received": paid,
        "currency": answer.currency.lower(),
        "metadata": {PAYMENT_KEY: answer.key},
        "last_payment_error": {"decline_code": answer.code} if says == "failed" else None,
    }
    kind = f"payment_intent.{_KIND.get(says, says)}"
    return kind, {"id": ref, "type": kind, "data": {"object": intent}}
