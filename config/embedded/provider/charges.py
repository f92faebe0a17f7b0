"""Charges as the API shows them."""

from typing import Any

from config.embedded.provider import lists, shapes, wire
from config.embedded.provider.calls import Call
from config.embedded.provider.errors import invalid, missing

Object = dict[str, Any]

_PLAIN = (
    "id",
    "payment_intent",
    "customer",
    "amount",
    "amount_refunded",
    "currency",
    "status",
    "disputed",
    "created",
    "metadata",
    "payment_method",
)


def retrieve(call: Call) -> Object:
    """GET /v1/charges/ID"""
    return get(call, call.ids[0], status=404)


def list_all(call: Call) -> Object:
    """GET /v1/charges"""
    return lists.page(call, "charge", "/v1/charges", "customer", "payment_intent")


def get(call: Call, charge_id: str, *, status: int = 400) -> Object:
    """The charge with this id."""
    charge = call.store.find("charge", charge_id)
    if charge is None:
        raise missing("charge", charge_id, param="charge", status=status)
    return charge


def asked(call: Call) -> Object:
    """The charge that the call names, itself or by its payment intent."""
    charge_id = wire.text(call.params, "charge")
    if charge_id is not None:
        return get(call, charge_id)
    intent_id = wire.required(call.params, "payment_intent")
    intent = call.store.find("payment_intent", intent_id)
    if intent is None:
        raise missing("payment_intent", intent_id, param="payment_intent", status=400)
    if intent["status"] != "succeeded":
        raise invalid("This PaymentIntent does not have a successful charge.", param="payment_intent")
    return get(call, intent["latest_charge"])


def plain(call: Call) -> Object:
    """GET /sandbox/charges: every charge that took money, oldest first, for reconciliation."""
    paid = [charge for charge in reversed(call.store.newest("charge")) if charge["paid"]]
    return shapes.page("/sandbox/charges", [{name: charge[name] for name in _PLAIN} for charge in paid])
