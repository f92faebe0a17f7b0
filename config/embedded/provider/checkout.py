"""Checkout sessions: what a hosted page is for, and how it ended."""

from secrets import token_hex
from typing import Any

from config.embedded.provider import customers, events, intents, lists, setups, wire
from config.embedded.provider.calls import Call
from config.embedded.provider.errors import invalid, missing
from config.embedded.provider.shapes import doings, nothing

Object = dict[str, Any]

_MOST_UNITS = 1000


def create(call: Call) -> Object:
    """POST /v1/checkout/sessions in mode setup (save a card) or payment (pay on session)."""
    mode = wire.choice(call.params, "mode", "setup payment")
    if mode is None:
        raise wire.missing_parameter("mode")
    session_id = f"cs_test_{token_hex(24)}"
    page = f"{call.settings.public_url}/c/{session_id}"
    session = doings.checkout_session(session_id, call.second, mode=mode, url=page)
    session["success_url"] = wire.address(call.params, "success_url") or wire.required(call.params, "success_url")
    session["cancel_url"] = wire.address(call.params, "cancel_url")
    session["customer"] = customers.asked(call)
    session["metadata"] = wire.metadata(call.params)
    session |= {name: wire.text(call.params, name) for name in ("client_reference_id", "customer_email", "locale")}
    if any(kind != "card" for kind in wire.items(call.params, "allowed_payment_method_types")):
        raise invalid("The sandbox knows only the payment method type card.", param="allowed_payment_method_types")
    session["expires_at"] = _expires_at(call, session)
    if mode == "setup":
        _prepare_setup(call, session)
    else:
        _prepare_payment(call, session)
    return call.store.save(session)


def _expires_at(call: Call, session: Object) -> int:
    asked = wire.integer(call.params, "expires_at")
    if asked is not None and not call.second + 1800 <= asked <= call.second + 86400:
        raise invalid("expires_at must be between 30 minutes and 24 hours from now.", param="expires_at")
    return asked or int(session["expires_at"])


def _prepare_setup(call: Call, session: Object) -> None:
    currency = wire.text(call.params, "currency")
    if currency is None and not wire.items(call.params, "allowed_payment_method_types"):
        raise invalid("You must give a currency in setup mode without allowed_payment_method_types.", param="currency")
    session["currency"] = intents.checked_currency(currency) if currency else None
    about = wire.branch(call.params, "setup_intent_data")
    intent = setups.new(call, session["customer"], wire.metadata(about))
    call.store.save(intent)
    session["setup_intent"] = intent["id"]


def _prepare_payment(call: Call, session: Object) -> None:
    lines = wire.items(call.params, "line_items")
    if not lines:
        raise wire.missing_parameter("line_items")
    prices = [wire.branch(line, "price_data") for line in lines]
    currencies = {intents.checked_currency(wire.required(price, "currency")) for price in prices}
    if len(currencies) != 1:
        raise invalid("All line items must be in the same currency.", param="line_items")
    for price in prices:
        wire.required(wire.branch(price, "product_data"), "name")
    session["currency"] = currencies.pop()
    total = sum(_line_amount(line, price) for line, price in zip(lines, prices, strict=True))
    total = intents.checked_amount(total, session["currency"], param="line_items")
    session |= {"amount_subtotal": total, "amount_total": total}
    session["total_details"] = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
    names = [price["product_data"]["name"] for price in prices]
    call.store.set_note(f"page {session['id']}", {"names": names, "intent": call.params.get("payment_intent_data", {})})


def _line_amount(line: Object, price: Object) -> int:
    unit, quantity = wire.integer(price, "unit_amount"), wire.integer(line, "quantity")
    if unit is None or unit < 0:
        raise invalid("Each line item needs a unit_amount from 0.", param="line_items")
    if quantity is None or not 1 <= quantity <= _MOST_UNITS:
        raise invalid("Each line item needs a quantity from 1.", param="line_items")
    return unit * quantity


def retrieve(call: Call) -> Object:
    """GET /v1/checkout/sessions/ID"""
    return get(call)


def list_all(call: Call) -> Object:
    """GET /v1/checkout/sessions"""
    filters = ("customer", "payment_intent")
    return lists.page(call, "checkout.session", "/v1/checkout/sessions", *filters)


def expire(call: Call) -> Object:
    """POST /v1/checkout/sessions/ID/expire"""
    session = get(call)
    if session["status"] != "open":
        raise invalid("Only Checkout Sessions with a status of open can be expired.")
    return call.store.save({**session, "status": "expired", "url": None})


def get(call: Call) -> Object:
    """The session with this id; one whose time is over is expired."""
    session = call.store.find("checkout.session", call.ids[0])
    if session is None:
        raise missing("checkout.session", call.ids[0], param="session")
    if session["status"] == "open" and call.second >= session["expires_at"]:
        call.store.save(session | {"status": "expired", "url": None})
        session |= {"status": "expired", "url": None}
    return session


def of_intent(call: Call, intent: Object) -> Object | None:
    """The session that an intent was made for."""
    found = call.store.newest("checkout.session", limit=1, **{intent["object"]: intent["id"]})
    return found[0] if found else None


def complete(call: Call, session: Object) -> Object:
    """The person has saved the card, or paid."""
    session |= {"status": "complete", "url": None, "customer_details": _details(call, session)}
    if session["mode"] == "payment":
        session["payment_status"] = "paid"
    call.store.save(session)
    events.record(call, "checkout.session.completed", session)
    return session


def _details(call: Call, session: Object) -> Object:
    customer = call.store.find("customer", session["customer"] or "") or {}
    empty = nothing("address business_name individual_name phone tax_ids")
    email = session["customer_email"] or customer.get("email")
    return {**empty, "email": email, "name": customer.get("name"), "tax_exempt": "none"}


def payment_intent(call: Call, session: Object) -> Object:
    """The payment intent of a session, made at the first try to pay; not stored yet when new."""
    if session["payment_intent"] is not None:
        return intents.get(call, session["payment_intent"])
    note = call.store.note(f"page {session['id']}")
    inner = Call(
        call.store,
        call.settings,
        {**note["intent"], **({"customer": session["customer"]} if session["customer"] else {})},
        (),
        call.now,
        call.request_id,
    )
    intent = intents.new(inner, session["amount_total"], session["currency"])
    session["payment_intent"] = intent["id"]
    call.store.save(session)
    return intent


def names(call: Call, session: Object) -> list[str]:
    """What is paid for, line by line; empty when a card is saved."""
    note = call.store.note(f"page {session['id']}")
    return list(note["names"]) if note else []
