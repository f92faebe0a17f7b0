"""Setup intents: saving a card for later charges."""

from typing import Any

from config.embedded.provider import cards, charging, customers, events, lists, wire
from config.embedded.provider.calls import Call, new_id
from config.embedded.provider.errors import invalid, missing
from config.embedded.provider.shapes import people

Object = dict[str, Any]

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> Object:
    """POST /v1/setup_intents, confirmed at once when `confirm` is true."""
    intent = new(call, customers.asked(call), wire.metadata(call.params))
    intent["description"] = wire.text(call.params, "description")
    intent["usage"] = wire.choice(call.params, "usage", "off_session on_session") or "off_session"
    method = _asked_method(call, intent)
    return _confirm(call, intent, method) if wire.boolean(call.params, "confirm") else call.store.save(intent)


def new(call: Call, customer_id: str | None, metadata: dict[str, str]) -> Object:
    """A setup intent, not stored yet."""
    intent_id = new_id("seti")
    intent = people.setup_intent(intent_id, new_id(f"{intent_id}_secret"), call.second)
    return {**intent, "customer": customer_id, "metadata": metadata}


def retrieve(call: Call) -> Object:
    """GET /v1/setup_intents/ID"""
    return _get(call)


def list_all(call: Call) -> Object:
    """GET /v1/setup_intents"""
    return lists.page(call, "setup_intent", "/v1/setup_intents", "customer")


def confirm(call: Call) -> Object:
    """POST /v1/setup_intents/ID/confirm"""
    intent = _get(call)
    _check_open(intent, "confirm")
    return _confirm(call, intent, _asked_method(call, intent))


def cancel(call: Call) -> Object:
    """POST /v1/setup_intents/ID/cancel"""
    intent = _get(call)
    _check_open(intent, "cancel")
    return call.store.save({**intent, "status": "canceled", "next_action": None})


def _asked_method(call: Call, intent: Object) -> Object | None:
    method_id = wire.text(call.params, "payment_method") or intent["payment_method"]
    if method_id is None:
        return None
    method = customers.payable(call, method_id, intent["customer"])
    intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return method


def _confirm(call: Call, intent: Object, method: Object | None) -> Object:
    if method is None:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            code="setup_intent_unexpected_state",
            setup_intent=intent,
        )
    return attempt(call, intent, method, return_url=wire.address(call.params, "return_url"))


def attempt(
    call: Call, intent: Object, method: Object, *, return_url: str | None, authenticated: bool = False
) -> Object:
    """Save a card; raises a card error (402) when the bank refuses."""
    card = cards.behind(method)
    intent |= {"payment_method": method["id"], "last_setup_error": None, "next_action": None}
    if not authenticated and card.asks != "never":
        return charging.ask(call, intent, return_url)
    if card.refused_when_saved and card.decline is not None:
        charging.refuse(call, intent, method, "card_declined", cards.MESSAGES[card.decline], decline_code=card.decline)
    if intent["customer"] is not None:
        customers.attach(call, method, intent["customer"])
    intent["status"] = "succeeded"
    call.store.save(intent)
    events.record(call, "setup_intent.succeeded", intent)
    return intent


def _get(call: Call) -> Object:
    intent = call.store.find("setup_intent", call.ids[0])
    if intent is None:
        raise missing("setupintent", call.ids[0], param="intent")
    return intent


def _check_open(intent: Object, verb: str) -> None:
    if intent["status"] not in _OPEN:
        raise invalid(
            f"You cannot {verb} this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
            setup_intent=intent,
        )
