"""What no real provider has: switches, test cards without a browser, plain lists."""

import json
from typing import Any

from config.embedded.provider import cards, customers, keys, shapes, switches, webhooks, wire
from config.embedded.provider.calls import Call
from config.embedded.provider.errors import invalid
from config.embedded.provider.store import Store

Object = dict[str, Any]


def decode(body: bytes) -> Object:
    """The JSON object of a request."""
    try:
        value = json.loads(body or b"{}")
    except ValueError as problem:
        raise invalid("The body must be a JSON object.") from problem
    if not isinstance(value, dict):
        raise invalid("The body must be a JSON object.")
    return value


def as_parameters(value: Any) -> Any:
    """JSON as it would look form-encoded, so that one set of readers serves both."""
    if isinstance(value, dict):
        return {name: as_parameters(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return {str(place): as_parameters(inner) for place, inner in enumerate(value)}
    return str(value).lower() if isinstance(value, bool) else str(value)


def set_switches(store: Store, wanted: Object) -> Object:
    """POST /sandbox/switches {"mode", "webhooks", "forget_keys"}; all or nothing. Returns them as they stand."""
    unknown = wanted.keys() - {"mode", "webhooks", "forget_keys"}
    if unknown:
        raise invalid(f"No such switch: {', '.join(sorted(unknown))}.")
    parsed = {which: switches.parse(which, wanted[which]) for which in ("mode", "webhooks") if which in wanted}
    for which, switch in parsed.items():
        switches.put(store, which, switch)
    forgotten = keys.forget(store) if wanted.get("forget_keys") is True else 0
    return {**switches.shown(store), "keys_forgotten": forgotten}


def show_switches(call: Call) -> Object:
    """GET /sandbox/switches"""
    return switches.shown(call.store)


def attach_card(call: Call) -> Object:
    """POST /sandbox/cards {"customer", "card", "exp_month", "exp_year", "default"}: the attached payment method."""
    card = cards.named(wire.required(call.params, "card"))
    customer = customers.get(call, wire.required(call.params, "customer"), param="customer", status=400)
    month, year = wire.integer(call.params, "exp_month"), wire.integer(call.params, "exp_year")
    if not 1 <= (12 if month is None else month) <= 12 or not 2000 <= (2034 if year is None else year) <= 2099:
        raise invalid("exp_month is 1 to 12, exp_year 2000 to 2099.", param="exp_month")
    method = customers.new_method(call, card, expires=(month or 12, year or 2034))
    if wire.boolean(call.params, "default"):
        customer["invoice_settings"]["default_payment_method"] = method["id"]
        call.store.save(customer)
    return customers.attach(call, method, customer["id"])


def list_cards(call: Call) -> Object:
    """GET /sandbox/cards: the test cards by name."""
    named = [{"card": card.name, "label": card.label, "decline_code": card.decline} for card in cards.CARDS]
    return shapes.page("/sandbox/cards", named)


def list_deliveries(call: Call) -> Object:
    """GET /sandbox/deliveries: each webhook, told or not."""
    return shapes.page("/sandbox/deliveries", webhooks.listed(call.store))
