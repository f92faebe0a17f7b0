"""Which address does what, and which parameters it knows; an unknown parameter is refused, as Stripe does."""

import re
from typing import NamedTuple

from config.embedded.provider import (
    charges,
    checkout,
    customers,
    disputes,
    events,
    intents,
    lists,
    refunds,
    sandbox,
    setups,
)
from config.embedded.provider.calls import Handler

_CUSTOMER = "description email name phone metadata invoice_settings preferred_locales"
_CONFIRM = "payment_method off_session return_url error_on_requires_action mandate_data use_stripe_sdk"
_INTENT = (
    f"{_CONFIRM} amount currency confirm customer metadata description setup_future_usage allowed_payment_method_types "
    "automatic_payment_methods receipt_email statement_descriptor statement_descriptor_suffix payment_method_options"
)
_SETUP = (
    "customer payment_method allowed_payment_method_types automatic_payment_methods usage confirm return_url metadata "
    "description mandate_data payment_method_options"
)
_SESSION = (
    "mode customer success_url cancel_url allowed_payment_method_types currency line_items metadata "
    "payment_intent_data setup_intent_data client_reference_id customer_email locale expires_at ui_mode submit_type "
    "customer_creation saved_payment_method_options payment_method_options billing_address_collection"
)


class Route(NamedTuple):
    """One address of the API."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    parameters: frozenset[str]


def _route(method: str, path: str, handler: Handler, parameters: str = "") -> Route:
    pattern = re.compile(path.replace("ID", r"([A-Za-z0-9_]+)"))
    return Route(method, pattern, handler, frozenset(parameters.split()) | {"expand"})


def _listed(path: str, handler: Handler, parameters: str = "") -> Route:
    return _route("GET", path, handler, f"{lists.PARAMETERS} {parameters}")


ROUTES = (
    _route("POST", "/v1/customers", customers.create, _CUSTOMER),
    _listed("/v1/customers", customers.list_all, "email"),
    _route("GET", "/v1/customers/ID", customers.retrieve),
    _route("POST", "/v1/customers/ID", customers.update, _CUSTOMER),
    _listed("/v1/customers/ID/payment_methods", customers.list_methods, "type"),
    _route("GET", "/v1/customers/ID/payment_methods/ID", customers.retrieve_method),
    _listed("/v1/payment_methods", customers.list_methods, "customer type"),
    _route("GET", "/v1/payment_methods/ID", customers.retrieve_method),
    _route("POST", "/v1/payment_methods/ID/attach", customers.attach_method, "customer"),
    _route("POST", "/v1/payment_methods/ID/detach", customers.detach_method),
    _route("POST", "/v1/setup_intents", setups.create, _SETUP),
    _listed("/v1/setup_intents", setups.list_all, "customer"),
    _route("GET", "/v1/setup_intents/ID", setups.retrieve, "client_secret"),
    _route("POST", "/v1/setup_intents/ID/confirm", setups.confirm, "payment_method return_url mandate_data"),
    _route("POST", "/v1/setup_intents/ID/cancel", setups.cancel, "cancellation_reason"),
    _route("POST", "/v1/payment_intents", intents.create, _INTENT),
    _listed("/v1/payment_intents", intents.list_all, "customer"),
    _route("GET", "/v1/payment_intents/ID", intents.retrieve, "client_secret"),
    _route("POST", "/v1/payment_intents/ID/confirm", intents.confirm, _CONFIRM),
    _route("POST", "/v1/payment_intents/ID/cancel", intents.cancel, "cancellation_reason"),
    _listed("/v1/charges", charges.list_all, "customer payment_intent"),
    _route("GET", "/v1/charges/ID", charges.retrieve),
    _route("POST", "/v1/refunds", refunds.create, "charge payment_intent amount reason metadata"),
    _listed("/v1/refunds", refunds.list_all, "charge payment_intent"),
    _route("GET", "/v1/refunds/ID", refunds.retrieve),
    _listed("/v1/disputes", disputes.list_all, "charge payment_intent"),
    _route("GET", "/v1/disputes/ID", disputes.retrieve),
    _route("POST", "/v1/disputes/ID", disputes.update, "evidence metadata submit"),
    _route("POST", "/v1/disputes/ID/close", disputes.close),
    _listed("/v1/events", events.list_all, "type"),
    _route("GET", "/v1/events/ID", events.retrieve),
    _route("POST", "/v1/checkout/sessions", checkout.create, _SESSION),
    _listed("/v1/checkout/sessions", checkout.list_all, "customer payment_intent"),
    _route("GET", "/v1/checkout/sessions/ID", checkout.retrieve),
    _route("POST", "/v1/checkout/sessions/ID/expire", checkout.expire),
    _route("GET", "/sandbox/switches", sandbox.show_switches),
    _route("GET", "/sandbox/charges", charges.plain),
    _route("GET", "/sandbox/cards", sandbox.list_cards),
    _route("POST", "/sandbox/cards", sandbox.attach_card, "customer card exp_month exp_year default"),
    _route("GET", "/sandbox/deliveries", sandbox.list_deliveries),
    _route("POST", "/sandbox/disputes", disputes.open_asked, "charge payment_intent amount reason"),
    _route("POST", "/sandbox/disputes/ID/close", disputes.decide, "status"),
    _route("POST", "/sandbox/disputes/ID/reopen", disputes.reopen),
    _route("POST", "/sandbox/refunds/ID/settle", refunds.settle, "status"),
)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The route of a request, and the parts of its path that vary."""
    for route in ROUTES:
        found = route.pattern.fullmatch(path) if route.method == method else None
        if found:
            return route, found.groups()
    return None
