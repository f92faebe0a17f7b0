"""The payment provider, behind one seam: Stripe through its own SDK, at the address the settings name.

Nothing here touches the database; nothing here may be called inside a transaction.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal, Protocol
from uuid import UUID

import stripe
from django.conf import settings

from subscriptions import money

#: The metadata field that carries our payment's key to the provider and back.
PAYMENT_KEY: Final = "payment"
#: A signature may be this much older or newer than our clock (reliability: webhooks).
TOLERANCE: Final = timedelta(minutes=5)
#: The provider's clock may be behind ours; a listing begins this much earlier.
_SKEW: Final = timedelta(minutes=10)


class Unreachable(Exception):
    """The provider did not answer or was busy, and nothing was asked of it that takes money."""


class Busy(Exception):
    """The provider refused to look at the charge now; it certainly took no money."""


class Unanswered(Exception):
    """The charge was sent and no answer came: it may or may not have taken money. Look it up."""


class Forged(Exception):
    """The webhook's signature is missing, wrong or too old."""


@dataclass(frozen=True, slots=True)
class Order:
    """One charge to make: everything the provider needs, under the key stored beforehand."""

    key: UUID
    customer: str
    method: str
    total: Decimal
    currency: str
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says of a charge. `minor` is the amount in the currency's smallest unit."""

    state: Literal["succeeded", "failed", "requires_action", "processing"]
    ref: str
    key: str
    minor: int
    currency: str
    code: str = ""


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
    """What the rules ask of a provider."""

    def create_customer(self, *, key: str, name: str, email: str) -> str: ...
    def card_page(self, *, customer: str, success_url: str, cancel_url: str) -> str: ...
    def card_of_session(self, session_ref: str) -> Card | None: ...
    def forget_card(self, ref: str) -> None: ...
    def charge(self, order: Order) -> Answer: ...
    def find(self, order: Order, *, since: datetime) -> Answer | None: ...
    def charges_made(self, *, since: datetime) -> Iterator[Answer]: ...


@cache
def connect() -> Gateway:
    """The provider of this installation; one client for the life of the process."""
    return StripeGateway(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


class StripeGateway:
    """Stripe, or whatever speaks its wire shape at `base`. Connects within 5 s, reads within 25 s."""

    def __init__(self, secret_key: str, base: str, *, timeout: tuple[float, float] = (5, 25)) -> None:
        self.client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": base},
            # A repeated charge is our decision, made with the key that we stored; never the library's.
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout),
        )

    def create_customer(self, *, key: str, name: str, email: str) -> str:
        """The provider's name for a customer; the same key gives the same one. Raises Unreachable."""
        try:
            customer = self.client.v1.customers.create(
                {"name": name, "email": email}, {"idempotency_key": f"customer-{key}"}
            )
        except stripe.StripeError as error:
            raise Unreachable(str(error)) from error
        return customer.id

    def card_page(self, *, customer: str, success_url: str, cancel_url: str) -> str:
        """The address of the provider's own page where a card is added. Raises Unreachable."""
        try:
            session = self.client.v1.checkout.sessions.create(
                {
                    "mode": "setup",
                    "customer": customer,
                    "allowed_payment_method_types": ["card"],
                    "success_url": success_url,
                    "cancel_url": cancel_url,
                }
            )
        except stripe.StripeError as error:
            raise Unreachable(str(error)) from error
        return session.url or ""

    def card_of_session(self, session_ref: str) -> Card | None:
        """The card added on that page, or None when none was (yet). Raises Unreachable."""
        try:
            session = self.client.v1.checkout.sessions.retrieve(
                session_ref, {"expand": ["setup_intent.payment_method"]}
            )
        except stripe.InvalidRequestError:
            return None
        except stripe.StripeError as error:
            raise Unreachable(str(error)) from error
        intent: Any = session.setup_intent
        if intent is None or intent.status != "succeeded":
            return None
        method = intent.payment_method
        return Card(
            ref=method.id,
            customer=str(session.customer),
            brand=method.card.brand,
            last4=method.card.last4,
            exp_month=method.card.exp_month,
            exp_year=method.card.exp_year,
        )

    def forget_card(self, ref: str) -> None:
        """Detach the card at the provider; one that is gone already is fine. Raises Unreachable."""
        try:
            self.client.v1.payment_methods.detach(ref)
        except stripe.InvalidRequestError:
            return
        except stripe.StripeError as error:
            raise Unreachable(str(error)) from error

    def charge(self, order: Order) -> Answer:
        """Charge the card while nobody is present. Raises Busy (no money taken) or Unanswered (perhaps taken)."""
        try:
            intent = self.client.v1.payment_intents.create(
                {
                    "amount": money.to_minor(order.total, order.currency),
                    "currency": order.currency.lower(),
                    "customer": order.customer,
                    "payment_method": order.method,
                    "allowed_payment_method_types": ["card"],
                    "off_session": True,
                    "confirm": True,
                    "description": order.description,
                    "metadata": {PAYMENT_KEY: str(order.key)},
                },
                {"idempotency_key": str(order.key)},
            )
        except stripe.CardError as error:
            return _declined(error, order)
        except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as error:
            raise Busy(str(error)) from error
        except stripe.InvalidRequestError as error:
            return _refused(error, order)
        except stripe.StripeError as error:
            raise Unanswered(str(error)) from error
        return answer_of(intent.to_dict())

    def find(self, order: Order, *, since: datetime) -> Answer | None:
        """The charge under that key, as the provider has it now; None when it has none. Raises Unreachable."""
        answers = self._listed(since, {"customer": order.customer})
        return next((answer for answer in answers if answer.key == str(order.key)), None)

    def charges_made(self, *, since: datetime) -> Iterator[Answer]:
        """Every charge made for us since then, whatever became of it, newest first. Raises Unreachable."""
        return (answer for answer in self._listed(since, {}) if answer.key)

    def _listed(self, since: datetime, of: dict[str, str]) -> Iterator[Answer]:
        begin = int((since.astimezone(UTC) - _SKEW).timestamp())
        wanted: Any = {**of, "created": {"gte": begin}, "limit": 100}
        try:
            for intent in self.client.v1.payment_intents.list(wanted).auto_paging_iter():
                yield answer_of(intent.to_dict())
        except stripe.StripeError as error:
            raise Unreachable(str(error)) from error


def answer_of(intent: Mapping[str, Any]) -> Answer:
    """A payment intent, from an answer, a listing or a webhook, as plain JSON. Raises KeyError where it is none."""
    states: dict[str, Literal["succeeded", "failed", "requires_action", "processing"]] = {
        "succeeded": "succeeded",
        "requires_action": "requires_action",
        "requires_payment_method": "failed",
        "canceled": "failed",
    }
    problem = intent.get("last_payment_error") or {}
    return Answer(
        state=states.get(intent["status"], "processing"),
        ref=intent["id"],
        key=(intent["metadata"] or {}).get(PAYMENT_KEY, ""),
        minor=intent["amount_received"] if intent["status"] == "succeeded" else intent["amount"],
        currency=intent["currency"].upper(),
        code=problem.get("decline_code") or problem.get("code") or "",
    )


def _declined(error: stripe.CardError, order: Order) -> Answer:
    details: Any = error.error
    intent = getattr(details, "payment_intent", None)
    code = getattr(details, "decline_code", None) or error.code or "card_declined"
    return Answer(
        state="failed",
        ref=intent["id"] if intent else "",
        key=str(order.key),
        minor=money.to_minor(order.total, order.currency),
        currency=order.currency,
        code=code,
    )


def _refused(error: stripe.InvalidRequestError, order: Order) -> Answer:
    """The provider would not take the request at all (a card it no longer knows, say): no money moved."""
    return Answer(
        state="failed",
        ref="",
        key=str(order.key),
        minor=money.to_minor(order.total, order.currency),
        currency=order.currency,
        code=error.code or "invalid_request",
    )


@dataclass(frozen=True, slots=True)
class Event:
    """A verified webhook: its id, its kind and the object it is about, as plain JSON."""

    ref: str
    kind: str
    payload: dict[str, Any]


def read_event(body: bytes, signature: str, *, now: datetime) -> Event:
    """The event of a webhook whose signature one of our secrets made within five minutes of now. Raises Forged."""
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            # Tolerance 0 switches the library's own look at the clock off; `_check_stamp` looks both ways.
            event = stripe.Webhook.construct_event(body, signature, secret, tolerance=0)
        except (stripe.SignatureVerificationError, ValueError, UnicodeDecodeError):
            continue
        except (AttributeError, KeyError, TypeError) as error:
            raise Forged("signed, but no event") from error
        _check_stamp(signature, now=now)
        payload: dict[str, Any] = event.to_dict()
        if not (isinstance(payload.get("id"), str) and isinstance(payload.get("type"), str)):
            raise Forged("signed, but no event")
        return Event(ref=payload["id"], kind=payload["type"], payload=payload)
    raise Forged("no secret of ours made this signature")


def _check_stamp(signature: str, *, now: datetime) -> None:
    """The library lets a stamp from the future pass, and reads its own clock; we look both ways, at ours."""
    stamps = [part[2:] for part in signature.split(",") if part.startswith("t=")]
    if not stamps or not stamps[0].isdecimal():
        raise Forged("no time stamp")
    if abs(now - datetime.fromtimestamp(int(stamps[0]), tz=UTC)) > TOLERANCE:
        raise Forged("the time stamp is more than five minutes off")
