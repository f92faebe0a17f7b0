"""Payment intents as the API shows them, and the charges inside them."""

import re
from typing import Any

from config.embedded.provider import charging, customers, events, lists, wire
from config.embedded.provider.calls import Call, new_id
from config.embedded.provider.errors import Refused, invalid, missing
from config.embedded.provider.shapes import money

Object = dict[str, Any]

_LARGEST = 99_999_999
_LEAST = 50
THREE_PLACES = ("bhd", "jod", "kwd", "omr", "tnd")
NO_PLACES = (
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf",
)  # fmt: skip
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_STORED = ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix")
_REASONS = "duplicate fraudulent requested_by_customer abandoned"


def checked_amount(amount: int, currency: str, *, param: str = "amount") -> int:
    """An amount that can be charged, in the currency's smallest unit; three-place currencies end in 0."""
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", param=param, code="parameter_invalid_integer")
    if amount < _LEAST:
        raise invalid("Amount is below the least that can be charged.", param=param, code="amount_too_small")
    if amount > _LARGEST:
        raise invalid(f"Amount must be no more than {_LARGEST}.", param=param, code="amount_too_large")
    if currency in THREE_PLACES and amount % 10:
        raise invalid(f"Amounts in {currency} must be a multiple of 10.", param=param)
    return amount


def checked_currency(text: str) -> str:
    """A currency's three letters, in lower case."""
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise invalid(f"Invalid currency: {text}.", param="currency")
    return text.lower()


def create(call: Call) -> Object:
    """POST /v1/payment_intents, confirmed at once when `confirm` is true."""
    amount = wire.integer(call.params, "amount")
    if amount is None:
        raise wire.missing_parameter("amount")
    currency = checked_currency(wire.required(call.params, "currency"))
    intent = new(call, checked_amount(amount, currency), currency)
    confirming = wire.boolean(call.params, "confirm")
    _check_ways(call, confirming=confirming)
    if wire.boolean(call.params, "error_on_requires_action") and not confirming:
        raise invalid("error_on_requires_action can only be given with confirm.", param="error_on_requires_action")
    method = _asked_method(call, intent)
    if confirming:
        return _confirm(call, intent, method)
    if "off_session" in call.params:
        raise invalid("off_session can only be given with confirm.", param="off_session")
    return call.store.save(intent)


def new(call: Call, amount: int, currency: str) -> Object:
    """A payment intent with what the call says about it, not stored yet."""
    intent_id = new_id("pi")
    secret = new_id(f"{intent_id}_secret")
    intent = money.payment_intent(intent_id, secret, call.second, amount=amount, currency=currency)
    intent |= {name: wire.text(call.params, name) for name in _STORED}
    intent["customer"] = customers.asked(call)
    intent["metadata"] = wire.metadata(call.params)
    intent["setup_future_usage"] = wire.choice(call.params, "setup_future_usage", "off_session on_session")
    return intent


def _check_ways(call: Call, *, confirming: bool) -> None:
    """As Stripe: unless ways of paying are named they are automatic, and some of those need a return_url."""
    automatic = wire.branch(call.params, "automatic_payment_methods")
    kinds = wire.items(call.params, "allowed_payment_method_types")
    if kinds and automatic:
        raise invalid("You may only specify one of these: automatic_payment_methods, allowed_payment_method_types.")
    if any(kind != "card" for kind in kinds):
        raise invalid("The sandbox knows only the payment method type card.", param="allowed_payment_method_types")
    may_redirect = not kinds and automatic.get("allow_redirects") != "never"
    if confirming and may_redirect and wire.address(call.params, "return_url") is None:
        raise invalid(
            "This PaymentIntent accepts payment methods that might send your customer to another page: give a "
            "return_url, or allowed_payment_method_types, or automatic_payment_methods[allow_redirects]=never.",
            param="return_url",
        )


def retrieve(call: Call) -> Object:
    """GET /v1/payment_intents/ID"""
    return get(call, call.ids[0])


def list_all(call: Call) -> Object:
    """GET /v1/payment_intents"""
    return lists.page(call, "payment_intent", "/v1/payment_intents", "customer")


def confirm(call: Call) -> Object:
    """POST /v1/payment_intents/ID/confirm"""
    intent = get(call, call.ids[0])
    if intent["status"] not in _OPEN:
        raise _unexpected(intent, "confirm")
    return _confirm(call, intent, _asked_method(call, intent))


def _asked_method(call: Call, intent: Object) -> Object | None:
    """The method that the call names, or that the intent has; the intent then waits to be confirmed with it."""
    method_id = wire.text(call.params, "payment_method") or intent["payment_method"]
    if method_id is None:
        return None
    method = customers.payable(call, method_id, intent["customer"])
    intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return method


def _confirm(call: Call, intent: Object, method: Object | None) -> Object:
    if method is None:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    return charging.attempt(
        call,
        intent,
        method,
        off_session=_off_session(call),
        return_url=wire.address(call.params, "return_url"),
        refuse_action=wire.boolean(call.params, "error_on_requires_action"),
    )


def _off_session(call: Call) -> bool:
    """`off_session` is true, false, one_off or recurring."""
    return wire.text(call.params, "off_session") in ("one_off", "recurring") or wire.boolean(call.params, "off_session")


def cancel(call: Call) -> Object:
    """POST /v1/payment_intents/ID/cancel, until the money has moved."""
    intent = get(call, call.ids[0])
    if intent["status"] not in _OPEN:
        raise _unexpected(intent, "cancel")
    intent |= {
        "status": "canceled",
        "canceled_at": call.second,
        "cancellation_reason": wire.choice(call.params, "cancellation_reason", _REASONS),
        "next_action": None,
    }
    call.store.save(intent)
    events.record(call, "payment_intent.canceled", intent)
    return intent


def get(call: Call, intent_id: str, *, param: str = "intent", status: int = 404) -> Object:
    """The payment intent with this id."""
    intent = call.store.find("payment_intent", intent_id)
    if intent is None:
        raise missing("payment_intent", intent_id, param=param, status=status)
    return intent


def _unexpected(intent: Object, verb: str) -> Refused:
    return invalid(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
