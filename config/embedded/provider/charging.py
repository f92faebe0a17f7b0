"""One try to take money with one card: it goes through, the bank says no, or the bank wants the person."""

from typing import Any, NoReturn

from config.embedded.provider import cards, customers, disputes, events
from config.embedded.provider.calls import Call, new_id
from config.embedded.provider.errors import card_error
from config.embedded.provider.shapes import money

Object = dict[str, Any]


def attempt(
    call: Call,
    intent: Object,
    method: Object,
    *,
    off_session: bool = False,
    return_url: str | None = None,
    refuse_action: bool = False,
    authenticated: bool = False,
) -> Object:
    """Charge a payment intent; raises a card error (402, with charge and intent written) when the bank refuses."""
    card = cards.behind(method)
    intent |= {"payment_method": method["id"], "last_payment_error": None, "next_action": None}
    if not authenticated and card.asks_for(method, off_session=off_session):
        if off_session:
            _decline(call, intent, method, "authentication_required", "authentication_required")
        if refuse_action:
            refuse(call, intent, method, "authentication_required", cards.MESSAGES["authentication_required"])
        return ask(call, intent, return_url)
    if card.decline is not None:
        _decline(call, intent, method, "card_declined", card.decline)
    return _succeed(call, intent, method)


def ask(call: Call, intent: Object, return_url: str | None) -> Object:
    """The bank wants the person: the intent (to pay or to save) waits until its page has been answered."""
    page = f"{call.settings.public_url}/a/{intent['id']}"
    if return_url is None:
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    else:
        redirect = {"return_url": return_url, "url": page}
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": redirect}
    intent["status"] = "requires_action"
    call.store.save(intent)
    if intent["object"] == "payment_intent":
        events.record(call, "payment_intent.requires_action", intent)
    return intent


def refuse(call: Call, intent: Object, method: Object, code: str, message: str, **more: Any) -> NoReturn:
    """Give up this try without a charge: the intent needs another payment method."""
    if intent["object"] == "payment_intent":
        error_name, own_name = "last_payment_error", "payment_intent"
    else:
        error_name, own_name = "last_setup_error", "setup_intent"
    refused = card_error(code, message, payment_method=method, **more)
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        error_name: dict(refused.error),
    }
    call.store.save(intent)
    if own_name == "payment_intent":
        events.record(call, "payment_intent.payment_failed", intent)
    refused.error[own_name] = intent
    raise refused


def _decline(call: Call, intent: Object, method: Object, code: str, decline_code: str) -> NoReturn:
    """The bank said no: there is a failed charge, and the intent needs another payment method."""
    charge = money.charge(new_id("ch"), intent, method, call.second)
    message = cards.MESSAGES[decline_code]
    charge |= {
        "amount_captured": 0,
        "captured": False,
        "failure_code": code,
        "failure_message": message,
        "outcome": money.outcome(
            "issuer_declined", "declined_by_network", "The bank did not accept this charge.", reason=decline_code
        ),
        "paid": False,
        "status": "failed",
    }
    call.store.save(charge)
    intent["latest_charge"] = charge["id"]
    refuse(call, intent, method, code, message, decline_code=decline_code, charge=charge["id"])


def _succeed(call: Call, intent: Object, method: Object) -> Object:
    """The money has moved: one charge, and the method saved if that was asked for."""
    if call.mode == "wrong_amount":
        intent["amount"] += 100
    elif call.mode == "wrong_currency":
        intent["currency"] = "usd" if intent["currency"] != "usd" else "eur"
    charge = call.store.save(money.charge(new_id("ch"), intent, method, call.second))
    intent |= {"amount_received": intent["amount"], "latest_charge": charge["id"], "status": "succeeded"}
    call.store.save(intent)
    if intent["setup_future_usage"] and intent["customer"]:
        customers.attach(call, method, intent["customer"])
    events.record(call, "payment_intent.succeeded", intent)
    if cards.behind(method).disputed:
        disputes.open_one(call, charge, amount=charge["amount"], reason="fraudulent")
    return intent
