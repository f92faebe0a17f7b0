"""Charges as the API shows them, and the refunds of them."""

from typing import Any

from config.embedded.provider import events, lists, shapes, wire
from config.embedded.provider.calls import Call, new_id
from config.embedded.provider.errors import invalid, missing
from config.embedded.provider.shapes import money

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
_REASONS = "duplicate fraudulent requested_by_customer"


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


def refund(call: Call) -> Object:
    """POST /v1/refunds: the whole of a charge or a part, never more than is left of it."""
    charge = asked(call)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = wire.integer(call.params, "amount")
    amount = left if amount is None else amount
    _check_refund(charge, amount, left)
    made = money.refund(new_id("re"), charge, call.second, amount=amount)
    made["reason"] = wire.choice(call.params, "reason", _REASONS)
    made["metadata"] = wire.metadata(call.params)
    call.store.save(made)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    charge["refunds"]["data"].insert(0, made)
    call.store.save(charge)
    events.record(call, "charge.refunded", charge)
    return made


def _check_refund(charge: Object, amount: int, left: int) -> None:
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} did not succeed.", param="charge")
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if charge["refunded"]:
        message = f"Charge {charge['id']} has already been refunded."
        raise invalid(message, code="charge_already_refunded")
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")


def retrieve_refund(call: Call) -> Object:
    """GET /v1/refunds/ID"""
    found = call.store.find("refund", call.ids[0])
    if found is None:
        raise missing("refund", call.ids[0])
    return found


def list_refunds(call: Call) -> Object:
    """GET /v1/refunds"""
    return lists.page(call, "refund", "/v1/refunds", "charge", "payment_intent")


def plain(call: Call) -> Object:
    """GET /sandbox/charges: every charge that took money, oldest first, for reconciliation."""
    paid = [charge for charge in reversed(call.store.newest("charge")) if charge["paid"]]
    return shapes.page("/sandbox/charges", [{name: charge[name] for name in _PLAIN} for charge in paid])
