"""Stripe through its own SDK, or whatever speaks its wire shape at the address that it is given."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import stripe

from credits.gateway.contract import (
    PAYMENT_KEY,
    REFUND_KEY,
    Answer,
    Busy,
    Card,
    Dispute,
    Order,
    RefundAnswer,
    RefundOrder,
    Unanswered,
    Unreachable,
)
from credits.gateway.reading import answer_of, dispute_of, refund_of
from subscriptions import money

logger = logging.getLogger(__name__)

#: The provider's clock may be behind ours; a listing begins this much earlier.
_SKEW: Final = timedelta(minutes=10)
_PAGE: Final = 100
#: The code for whatever is not there, be it the card, the customer or the charge.
_MISSING: Final = "resource_missing"


class _Refused(Unreachable):
    """The provider did answer: what was asked for is not there, or is past that."""


@contextmanager
def _asking() -> Iterator[None]:
    """Around what moves no money: whatever goes wrong, it may be asked again."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        raise _Refused(str(error)) from error
    except stripe.StripeError as error:
        raise Unreachable(str(error)) from error


@contextmanager
def _moving_money() -> Iterator[None]:
    """Around what moves money: a refusal to look is told from silence. What was looked at and refused passes."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Busy(str(error)) from error
    except stripe.StripeError as error:
        raise Unanswered(str(error)) from error


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
        with _asking():
            customer = self.client.v1.customers.create(
                {"name": name, "email": email}, {"idempotency_key": f"customer-{key}"}
            )
        return customer.id

    def card_page(self, *, customer: str, success_url: str, cancel_url: str) -> str:
        """The address of the provider's own page where a card is added. Raises Unreachable."""
        with _asking():
            session = self.client.v1.checkout.sessions.create(
                {
                    "mode": "setup",
                    "customer": customer,
                    "allowed_payment_method_types": ["card"],
                    "success_url": success_url,
                    "cancel_url": cancel_url,
                }
            )
        return session.url or ""

    def card_of_session(self, session_ref: str) -> Card | None:
        """The card added on that page, or None when none was (yet). Raises Unreachable."""
        wanted: Any = {"expand": ["setup_intent.payment_method"]}
        try:
            with _asking():
                session = self.client.v1.checkout.sessions.retrieve(session_ref, wanted)
        except _Refused:
            return None
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
        with suppress(_Refused), _asking():
            self.client.v1.payment_methods.detach(ref)

    def charge(self, order: Order) -> Answer:
        """Charge the card; the same key again gives the same answer.

        Raises Busy (no money taken) or Unanswered (perhaps taken).
        """
        asked: Any = {
            "amount": money.to_minor(order.total, order.currency),
            "currency": order.currency.lower(),
            "customer": order.customer,
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "description": order.description,
            "metadata": {PAYMENT_KEY: str(order.key)},
            "expand": ["latest_charge"],
            **_way_of(order),
        }
        try:
            with _moving_money():
                intent = self.client.v1.payment_intents.create(asked, {"idempotency_key": str(order.key)})
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return _refusal(error, order, "")
        return answer_of(intent.to_dict())

    def confirm(self, order: Order, ref: str) -> Answer:
        """Bring a refused intent on session: ask its bank again while the person is there.

        An intent that is over already is answered as it is: it takes money once, however often it is confirmed.
        Raises Busy (no money taken) or Unanswered (perhaps taken).
        """
        asked: Any = {**_way_of(replace(order, present=True)), "expand": ["latest_charge"]}
        try:
            with _moving_money():
                intent = self.client.v1.payment_intents.confirm(ref, asked)
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return _refusal(error, order, ref)
        return answer_of(intent.to_dict())

    def cancel(self, ref: str) -> Answer:
        """Cancel the intent; if it was over already, or cannot be cancelled any more, the answer says what it is.

        One that the provider does not know is canceled with the code "resource_missing". Raises Unreachable.
        """
        try:
            with _asking():
                intent = self.client.v1.payment_intents.cancel(ref)
        except _Refused:
            gone = Answer(state="canceled", ref=ref, key="", minor=0, currency="", code="resource_missing")
            return self.retrieve(ref) or gone
        return answer_of(intent.to_dict())

    def retrieve(self, ref: str) -> Answer | None:
        """The charge as it is now, with what was refunded of it; None when there is none. Raises Unreachable."""
        wanted: Any = {"expand": ["latest_charge"]}
        try:
            with _asking():
                intent = self.client.v1.payment_intents.retrieve(ref, wanted)
        except _Refused:
            return None
        return answer_of(intent.to_dict())

    def find(self, order: Order, *, since: datetime) -> Answer | None:
        """The charge under that key, as the provider has it now; None when it has none. Raises Unreachable."""
        answers = self._charges(since, {"customer": order.customer})
        return next((answer for answer in answers if answer.key == str(order.key)), None)

    def charges_made(self, *, since: datetime) -> Iterator[Answer]:
        """Every charge since then, whatever became of it, newest first; one made by hand there has no key of ours.

        Raises Unreachable.
        """
        return self._charges(since, {})

    def _charges(self, since: datetime, of: dict[str, str]) -> Iterator[Answer]:
        wanted: Any = {**of, **_begun(since), "expand": ["data.latest_charge"]}
        with _asking():
            for intent in self.client.v1.payment_intents.list(wanted).auto_paging_iter():
                yield answer_of(intent.to_dict())

    def refund(self, order: RefundOrder) -> RefundAnswer:
        """Give money back; the same key again gives the same answer, more than is left fails with a code.

        Raises Busy (nothing given back) or Unanswered (perhaps given back).
        """
        asked: Any = {
            "payment_intent": order.charge_ref,
            "amount": order.minor,
            "metadata": {REFUND_KEY: str(order.key)},
        }
        try:
            with _moving_money():
                refund = self.client.v1.refunds.create(asked, {"idempotency_key": f"refund-{order.key}"})
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return RefundAnswer(
                state="failed",
                ref="",
                key=str(order.key),
                charge_ref=order.charge_ref,
                minor=order.minor,
                currency=order.currency,
                code=error.code or "invalid_request",
            )
        return refund_of(refund.to_dict())

    def find_refund(self, order: RefundOrder) -> RefundAnswer | None:
        """The refund under that key, as the provider has it now; None when it has none. Raises Unreachable."""
        answers = self._refunds({"payment_intent": order.charge_ref, "limit": _PAGE})
        return next((answer for answer in answers if answer.key == str(order.key)), None)

    def refunds_made(self, *, since: datetime, charge_ref: str = "") -> Iterator[RefundAnswer]:
        """Every refund made since then (of that charge alone), by whomever, newest first. Raises Unreachable."""
        return self._refunds({**_begun(since), **_of(charge_ref)})

    def _refunds(self, wanted: Any) -> Iterator[RefundAnswer]:
        with _asking():
            for refund in self.client.v1.refunds.list(wanted).auto_paging_iter():
                yield refund_of(refund.to_dict())

    def disputes(self, *, since: datetime, charge_ref: str = "") -> Iterator[Dispute]:
        """Every dispute opened since then (of that charge alone), as it is now, newest first. Raises Unreachable."""
        wanted: Any = {**_begun(since), **_of(charge_ref)}
        with _asking():
            for dispute in self.client.v1.disputes.list(wanted).auto_paging_iter():
                yield dispute_of(dispute.to_dict())


def _way_of(order: Order) -> dict[str, Any]:
    """The card, and whether its holder is there for the bank to ask."""
    if order.present:
        return {"payment_method": order.method, "return_url": order.return_url}
    return {"payment_method": order.method, "off_session": True}


def _begun(since: datetime) -> dict[str, Any]:
    return {"created": {"gte": int((since.astimezone(UTC) - _SKEW).timestamp())}, "limit": _PAGE}


def _of(charge_ref: str) -> dict[str, str]:
    """Of this charge only; of every charge when none is named."""
    return {"payment_intent": charge_ref} if charge_ref else {}


def _refusal(error: stripe.CardError | stripe.InvalidRequestError, order: Order, ref: str) -> Answer:
    """What the provider looked at and refused: the intent in the error, if there is one, says how it stands.

    There is none when the request was not taken at all (a card it no longer knows, say): then no money moved. Raises
    Busy where it does not know the customer: a key of another account, say; that tells nothing of the card.
    """
    details: Any = error.error
    intent = getattr(details, "payment_intent", None)
    code = getattr(details, "decline_code", None) or error.code or "invalid_request"
    if code == _MISSING and error.param == "customer":
        logger.error("the provider does not know customer %s; is the key of another account?", order.customer)
        raise Busy(str(error)) from error
    if code == _MISSING and error.param != "payment_method":
        code = "invalid_request"  # what is missing is not the card, which is not to blame
    if intent:
        answer = answer_of(intent.to_dict())
        return replace(answer, code=code) if answer.state == "failed" else answer
    return Answer(
        state="failed",
        ref=ref,
        key=str(order.key),
        minor=money.to_minor(order.total, order.currency),
        currency=order.currency,
        code=code,
    )
