"""Refunds: the whole of a charge or a part, at once or after a while, never more than is left of it."""

from typing import Any

from config.embedded.provider import charges, events, lists, wire
from config.embedded.provider.calls import Call, new_id
from config.embedded.provider.errors import invalid, missing
from config.embedded.provider.shapes import money

Object = dict[str, Any]

_REASONS = "duplicate fraudulent requested_by_customer"
_WHY_FAILED = "expired_or_canceled_card"


def create(call: Call) -> Object:
    """POST /v1/refunds. What is pending counts as given back until it fails, as with Stripe."""
    charge = charges.asked(call)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = wire.integer(call.params, "amount")
    amount = left if amount is None else amount
    _check(call, charge, amount, left)
    refund = money.refund(new_id("re"), charge, call.second, amount=amount)
    refund["reason"] = wire.choice(call.params, "reason", _REASONS)
    refund["metadata"] = wire.metadata(call.params)
    if call.mode in ("refund_pending", "refund_fails"):
        refund["status"] = "pending"
    call.store.save(refund)
    charge["refunds"]["data"].insert(0, refund)
    _count(call, charge, amount)
    events.record(call, "refund.created", refund)
    events.record(call, "charge.refunded", charge)
    if call.mode == "refund_fails":
        return _end(call, refund, "failed")
    return refund


def _check(call: Call, charge: Object, amount: int, left: int) -> None:
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} did not succeed.", param="charge")
    disputes = call.store.newest("dispute", charge=charge["id"])
    if any(dispute["status"] != "won" for dispute in disputes):
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if charge["refunded"]:
        message = f"Charge {charge['id']} has already been refunded."
        raise invalid(message, code="charge_already_refunded")
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")


def _count(call: Call, charge: Object, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    call.store.save(charge)


def settle(call: Call) -> Object:
    """POST /sandbox/refunds/ID/settle {"status": "succeeded" or "failed"}: a pending refund ends."""
    status = wire.choice(call.params, "status", "succeeded failed")
    if status is None:
        raise wire.missing_parameter("status")
    refund = retrieve(call)
    if refund["status"] != "pending":
        raise invalid("This refund is not pending.", param="refund")
    return _end(call, refund, status)


def _end(call: Call, refund: Object, status: str) -> Object:
    refund["status"] = status
    charge = charges.get(call, refund["charge"])
    kept = charge["refunds"]["data"]
    charge["refunds"]["data"] = [refund if other["id"] == refund["id"] else other for other in kept]
    if status == "failed":
        refund |= {"failure_reason": _WHY_FAILED, "failure_balance_transaction": None}
    call.store.save(refund)
    _count(call, charge, -refund["amount"] if status == "failed" else 0)
    events.record(call, "refund.updated", refund)
    events.record(call, "charge.refund.updated", refund)
    if status == "failed":
        events.record(call, "refund.failed", refund)
    return refund


def retrieve(call: Call) -> Object:
    """GET /v1/refunds/ID"""
    found = call.store.find("refund", call.ids[0])
    if found is None:
        raise missing("refund", call.ids[0])
    return found


def list_all(call: Call) -> Object:
    """GET /v1/refunds"""
    return lists.page(call, "refund", "/v1/refunds", "charge", "payment_intent")
