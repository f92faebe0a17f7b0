"""Disputes: opened by the holder of the card, closed by the bank."""

from typing import Any

from config.embedded.provider import charges, events, lists, wire
from config.embedded.provider.calls import Call, new_id
from config.embedded.provider.errors import invalid, missing
from config.embedded.provider.shapes import money

Object = dict[str, Any]

_REASONS = "fraudulent general duplicate product_not_received product_unacceptable unrecognized"
# Stripe's own test evidence: these words decide the dispute at once.
_VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}


def open_one(call: Call, charge: Object, *, amount: int, reason: str) -> Object:
    """Open a dispute about a charge and tell of it."""
    dispute = call.store.save(money.dispute(new_id("dp"), charge, call.second, amount=amount, reason=reason))
    charge["disputed"] = True
    call.store.save(charge)
    events.record(call, "charge.dispute.created", dispute)
    events.record(call, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def open_asked(call: Call) -> Object:
    """POST /sandbox/disputes {"charge" or "payment_intent", "amount", "reason"}"""
    charge = charges.asked(call)
    if not charge["paid"] or charge["disputed"]:
        raise invalid("Only a charge that took money can be disputed, and once.", param="charge")
    amount = wire.integer(call.params, "amount")
    amount = charge["amount"] if amount is None else amount
    if not 1 <= amount <= charge["amount"]:
        raise invalid("A dispute is about an amount between 1 and that of the charge.", param="amount")
    reason = wire.choice(call.params, "reason", _REASONS) or "fraudulent"
    return open_one(call, charge, amount=amount, reason=reason)


def decide(call: Call) -> Object:
    """POST /sandbox/disputes/ID/close {"status": "won" or "lost"}"""
    status = wire.choice(call.params, "status", "won lost")
    if status is None:
        raise wire.missing_parameter("status")
    return _close(call, _open(call), status)


def update(call: Call) -> Object:
    """POST /v1/disputes/ID: evidence[uncategorized_text]=winning_evidence wins, losing_evidence loses."""
    dispute = _open(call)
    evidence = wire.branch(call.params, "evidence")
    dispute["metadata"] = wire.metadata(call.params, dispute["metadata"])
    known = dispute["evidence"].keys() & evidence.keys()
    dispute["evidence"] |= {name: wire.text(evidence, name) for name in known}
    dispute["evidence_details"]["has_evidence"] = bool(known)
    submitted = bool(known) and wire.text(call.params, "submit") != "false"
    if not submitted:
        return call.store.save(dispute)
    dispute["evidence_details"]["submission_count"] += 1
    verdict = _VERDICTS.get(dispute["evidence"]["uncategorized_text"] or "")
    if verdict is not None:
        return _close(call, dispute, verdict)
    return call.store.save({**dispute, "status": "under_review"})


def close(call: Call) -> Object:
    """POST /v1/disputes/ID/close: accept that it is lost."""
    return _close(call, _open(call), "lost")


def _close(call: Call, dispute: Object, status: str) -> Object:
    dispute["status"] = status
    call.store.save(dispute)
    events.record(call, "charge.dispute.closed", dispute)
    if status == "won":
        events.record(call, "charge.dispute.funds_reinstated", dispute)
    return dispute


def reopen(call: Call) -> Object:
    """POST /sandbox/disputes/ID/reopen: the bank has thought better of it."""
    dispute = _get(call)
    if dispute["status"] not in ("won", "lost"):
        raise invalid("This dispute is still open.", param="dispute")
    dispute["status"] = "needs_response"
    call.store.save(dispute)
    events.record(call, "charge.dispute.updated", dispute)
    return dispute


def retrieve(call: Call) -> Object:
    """GET /v1/disputes/ID"""
    return _get(call)


def list_all(call: Call) -> Object:
    """GET /v1/disputes"""
    return lists.page(call, "dispute", "/v1/disputes", "charge", "payment_intent")


def _get(call: Call) -> Object:
    dispute = call.store.find("dispute", call.ids[0])
    if dispute is None:
        raise missing("dispute", call.ids[0], param="dispute")
    return dispute


def _open(call: Call) -> Object:
    dispute = _get(call)
    if dispute["status"] in ("won", "lost"):
        raise invalid("This dispute is already closed.", param="dispute")
    return dispute
