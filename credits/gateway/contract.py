"""What the rules ask of a payment provider, and the plain values that cross this seam.

Amounts called `minor` are whole numbers of the currency's smallest unit; currencies are three capital letters.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, Protocol
from uuid import UUID

#: The metadata field that carries our payment's key to the provider and back.
PAYMENT_KEY: Final = "payment"
#: The same for a refund's key.
REFUND_KEY: Final = "refund"


class Unreachable(Exception):
    """The provider did not answer or was busy, and nothing was asked of it that takes money."""


class Busy(Exception):
    """The provider refused to look at the charge or refund now; it certainly moved no money."""


class Unanswered(Exception):
    """The charge or refund was sent and no answer came: it may or may not have moved money. Look it up."""


@dataclass(frozen=True, slots=True)
class Order:
    """One charge to make: everything the provider needs, under the key stored beforehand.

    `present`: the person is there and can answer the bank's question, on a page that then leads to `return_url`.
    """

    key: UUID
    customer: str
    method: str
    total: Decimal
    currency: str
    description: str
    present: bool = False
    return_url: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says of a charge, as it is now.

    `ref` names the intent, also that of a refused charge, which can be confirmed on session later. A charge that the
    bank wants confirmed is `requires_action` with the `action_url` where that is done, if the person is present; else
    it is `failed` with the code "authentication_required". `charged_at`, `refunded_minor` and `disputed` are known of
    what we asked the provider, and not of what a webhook brought.
    """

    state: Literal["succeeded", "failed", "requires_action", "processing", "canceled"]
    ref: str
    key: str
    minor: int
    currency: str
    code: str = ""
    action_url: str = ""
    charged_at: datetime | None = None
    refunded_minor: int = 0
    disputed: bool = False
    customer: str = ""


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money to give back: a part or the whole of the charge `charge_ref`, under the key stored beforehand."""

    key: UUID
    charge_ref: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What the provider says of a refund. `key` is "" when it was made in the provider's own pages."""

    state: Literal["succeeded", "failed", "pending"]
    ref: str
    key: str
    charge_ref: str
    minor: int
    currency: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A complaint of the card's holder about the charge `charge_ref`; `reason` is the provider's word for it."""

    ref: str
    charge_ref: str
    minor: int
    currency: str
    status: Literal["open", "won", "lost"]
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the provider describes it."""

    ref: str
    customer: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class Gateway(Protocol):
    """A provider. What moves money raises Busy or Unanswered, everything else Unreachable."""

    def create_customer(self, *, key: str, name: str, email: str) -> str: ...
    def card_page(self, *, customer: str, success_url: str, cancel_url: str) -> str: ...
    def card_of_session(self, session_ref: str) -> Card | None: ...
    def forget_card(self, ref: str) -> None: ...
    def charge(self, order: Order) -> Answer: ...
    def confirm(self, order: Order, ref: str) -> Answer: ...
    def cancel(self, ref: str) -> Answer: ...
    def retrieve(self, ref: str) -> Answer | None: ...
    def find(self, order: Order, *, since: datetime) -> Answer | None: ...
    def charges_made(self, *, since: datetime) -> Iterator[Answer]: ...
    def refund(self, order: RefundOrder) -> RefundAnswer: ...
    def find_refund(self, order: RefundOrder) -> RefundAnswer | None: ...
    def refunds_made(self, *, since: datetime, charge_ref: str = "") -> Iterator[RefundAnswer]: ...
    def disputes(self, *, since: datetime, charge_ref: str = "") -> Iterator[Dispute]: ...
