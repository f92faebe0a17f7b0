"""The provider's objects, from an answer, a listing or a webhook, as our own values.

They come as plain JSON. What is no such object raises KeyError, TypeError or ValueError: nonsense is never guessed at.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from credits.gateway.contract import PAYMENT_KEY, REFUND_KEY, Answer, Dispute, RefundAnswer

Object = Mapping[str, Any]

_CHARGE_STATES: Final[dict[str, Literal["succeeded", "failed", "requires_action", "canceled"]]] = {
    "succeeded": "succeeded",
    "requires_action": "requires_action",
    "requires_payment_method": "failed",
    "canceled": "canceled",
}
_REFUND_STATES: Final[dict[str, Literal["succeeded", "failed"]]] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
#: An inquiry that is closed has taken no money; every other word means that the bank has not decided yet.
_DISPUTE_STATES: Final[dict[str, Literal["won", "lost"]]] = {
    "won": "won",
    "warning_closed": "won",
    "prevented": "won",
    "lost": "lost",
}


def answer_of(intent: Object) -> Answer:
    """A payment intent; with its latest charge expanded, what became of that is told too."""
    status = _text(intent, "status")
    problem = _inner(intent, "last_payment_error")
    charge = intent.get("latest_charge")
    known = charge if isinstance(charge, Mapping) else {}
    return Answer(
        state=_CHARGE_STATES.get(status, "processing"),
        ref=_text(intent, "id"),
        key=_text_or_none(_inner(intent, "metadata"), PAYMENT_KEY),
        minor=_whole(intent, "amount_received" if status == "succeeded" else "amount"),
        currency=_text(intent, "currency").upper(),
        code=_text_or_none(problem, "decline_code") or _text_or_none(problem, "code"),
        action_url=_action_url(intent) if status == "requires_action" else "",
        charged_at=_moment(known, "created") if known and status == "succeeded" else None,
        refunded_minor=_whole(known, "amount_refunded") if known else 0,
        disputed=known.get("disputed") is True,
        customer=_text_or_none(intent, "customer"),
    )


def _action_url(intent: Object) -> str:
    """Where the person confirms; "" when the bank's question needs a script of the provider's on our page."""
    redirect = _inner(_inner(intent, "next_action"), "redirect_to_url")
    return _text_or_none(redirect, "url")


def refund_of(refund: Object) -> RefundAnswer:
    """A refund, such as the events refund.created and refund.updated bring."""
    return RefundAnswer(
        state=_REFUND_STATES.get(_text(refund, "status"), "pending"),
        ref=_text(refund, "id"),
        key=_text_or_none(_inner(refund, "metadata"), REFUND_KEY),
        charge_ref=_text_or_none(refund, "payment_intent"),
        minor=_whole(refund, "amount"),
        currency=_text(refund, "currency").upper(),
        code=_text_or_none(refund, "failure_reason"),
    )


def dispute_of(dispute: Object) -> Dispute:
    """A dispute, such as the events charge.dispute.created, .updated and .closed bring."""
    return Dispute(
        ref=_text(dispute, "id"),
        charge_ref=_text_or_none(dispute, "payment_intent"),
        minor=_whole(dispute, "amount"),
        currency=_text(dispute, "currency").upper(),
        status=_DISPUTE_STATES.get(_text(dispute, "status"), "open"),
        reason=_text(dispute, "reason"),
    )


def _text(thing: Object, name: str) -> str:
    value = thing[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    if not value:
        raise ValueError(f"{name} is empty")
    return value


def _text_or_none(thing: Object, name: str) -> str:
    return "" if thing.get(name) is None else _text(thing, name)


def _whole(thing: Object, name: str) -> int:
    value = thing[name]
    if type(value) is not int:  # True and 50.0 are equal to whole numbers, and are none
        raise TypeError(f"{name} is no whole number")
    if value < 0:
        raise ValueError(f"{name} is negative")
    return value


def _moment(thing: Object, name: str) -> datetime:
    return datetime.fromtimestamp(_whole(thing, name), tz=UTC)


def _inner(thing: Object, name: str) -> Object:
    """The object within, empty when there is none."""
    value = thing.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} is no object")
    return value
