"""Customers and their payment methods."""

from typing import Any

from config.embedded.provider import cards, events, lists, wire
from config.embedded.provider.calls import Call, new_id
from config.embedded.provider.errors import invalid, missing
from config.embedded.provider.shapes import people

Object = dict[str, Any]

_PLAIN = ("description", "email", "name", "phone")
_EXPIRES = (12, 2034)


def create(call: Call) -> Object:
    """POST /v1/customers"""
    return _write(call, people.customer(new_id("cus"), call.second))


def update(call: Call) -> Object:
    """POST /v1/customers/ID; `invoice_settings[default_payment_method]` must be attached to the customer."""
    return _write(call, get(call, call.ids[0]))


def _write(call: Call, customer: Object) -> Object:
    customer |= {name: wire.text(call.params, name) for name in _PLAIN if name in call.params}
    customer["metadata"] = wire.metadata(call.params, customer["metadata"])
    customer["preferred_locales"] = wire.items(call.params, "preferred_locales") or customer["preferred_locales"]
    invoices = wire.branch(call.params, "invoice_settings")
    if "default_payment_method" in invoices:
        method_id = wire.text(invoices, "default_payment_method")
        if method_id is not None and _method(call, method_id, status=400)["customer"] != customer["id"]:
            raise invalid("The customer does not have this payment method.", param="invoice_settings")
        customer["invoice_settings"]["default_payment_method"] = method_id
    return call.store.save(customer)


def retrieve(call: Call) -> Object:
    """GET /v1/customers/ID"""
    return get(call, call.ids[0])


def list_all(call: Call) -> Object:
    """GET /v1/customers"""
    return lists.page(call, "customer", "/v1/customers", "email")


def get(call: Call, customer_id: str, *, param: str = "id", status: int = 404) -> Object:
    """The customer with this id."""
    customer = call.store.find("customer", customer_id)
    if customer is None:
        raise missing("customer", customer_id, param=param, status=status)
    return customer


def asked(call: Call) -> str | None:
    """The id of the customer in the parameters, who must exist."""
    customer_id = wire.text(call.params, "customer")
    if customer_id is not None:
        get(call, customer_id, param="customer", status=400)
    return customer_id


def retrieve_method(call: Call) -> Object:
    """GET /v1/payment_methods/ID and GET /v1/customers/CUSTOMER/payment_methods/ID"""
    method = _method(call, call.ids[-1], status=404)
    if len(call.ids) == 2 and method["customer"] != call.ids[0]:
        raise missing("PaymentMethod", call.ids[1], param="payment_method")
    return method


def list_methods(call: Call) -> Object:
    """GET /v1/payment_methods?customer=ID and GET /v1/customers/ID/payment_methods; every one is a card."""
    wire.choice(call.params, "type", "card")
    customer_id = call.ids[0] if call.ids else wire.required(call.params, "customer")
    get(call, customer_id, param="customer", status=404 if call.ids else 400)
    url = f"/v1/customers/{customer_id}/payment_methods" if call.ids else "/v1/payment_methods"
    return lists.page(call, "payment_method", url, customer=customer_id)


def attach_method(call: Call) -> Object:
    """POST /v1/payment_methods/ID/attach; ID may be one of Stripe's test tokens such as pm_card_visa."""
    customer_id = wire.required(call.params, "customer")
    get(call, customer_id, param="customer", status=400)
    method = payable(call, call.ids[0], customer_id, status=404)
    return attach(call, method, customer_id)


def detach_method(call: Call) -> Object:
    """POST /v1/payment_methods/ID/detach; a detached method can't be used again."""
    method = _method(call, call.ids[0], status=404)
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    customer = get(call, method["customer"])
    if customer["invoice_settings"]["default_payment_method"] == method["id"]:
        customer["invoice_settings"]["default_payment_method"] = None
        call.store.save(customer)
    call.store.set_note(_detached(method["id"]), True)
    return call.store.save({**method, "customer": None})


def _detached(method_id: str) -> str:
    return f"detached {method_id}"


def new_method(call: Call, card: cards.Card, *, expires: tuple[int, int] = _EXPIRES) -> Object:
    """A payment method of a test card, not attached to anybody yet."""
    return call.store.save(people.payment_method(new_id("pm"), card, call.second, expires=expires))


def attach(call: Call, method: Object, customer_id: str) -> Object:
    """Give a payment method to a customer; twice is the same as once."""
    if method["customer"] == customer_id:
        return method
    method["customer"] = customer_id
    call.store.save(method)
    events.record(call, "payment_method.attached", method)
    return method


def payable(call: Call, method_id: str, customer_id: str | None, *, status: int = 400) -> Object:
    """The method with this id, or a new one for a test token, when this customer (None: nobody) may pay with it."""
    if method_id in cards.TOKENS:
        return new_method(call, cards.named(cards.TOKENS[method_id]))
    method = _method(call, method_id, status=status)
    if method["customer"] is None and call.store.note(_detached(method_id)):
        raise invalid(
            f"The PaymentMethod '{method_id}' was detached from a Customer. It may not be used again.",
            param="payment_method",
        )
    if method["customer"] not in (None, customer_id):
        raise invalid(
            f"The PaymentMethod '{method_id}' does not belong to the Customer you supplied.", param="payment_method"
        )
    return method


def _method(call: Call, method_id: str, *, status: int) -> Object:
    method = call.store.find("payment_method", method_id)
    if method is None:
        raise missing("PaymentMethod", method_id, param="payment_method", status=status)
    return method
