"""Customers and what they pay with."""

from typing import Any

from config.embedded.provider.cards import Card
from config.embedded.provider.shapes import address, nothing

Object = dict[str, Any]


def customer(customer_id: str, created: int) -> Object:
    """A customer of whom nothing is known yet."""
    return {
        **nothing("address currency default_source description discount email name phone shipping test_clock"),
        "id": customer_id,
        "object": "customer",
        "balance": 0,
        "created": created,
        "delinquent": False,
        "invoice_prefix": customer_id[-8:].upper(),
        "invoice_settings": nothing("custom_fields default_payment_method footer rendering_options"),
        "livemode": False,
        "metadata": {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    }


def billing_details() -> Object:
    """Who holds a card: the sandbox never asks."""
    return {**nothing("email name phone tax_id"), "address": address()}


def payment_method(method_id: str, card: Card, created: int, *, expires: tuple[int, int]) -> Object:
    """A payment method of a test card that belongs to nobody yet. `expires` = (month, year)."""
    return {
        "id": method_id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(),
        "card": {
            **nothing("generated_from regulated_status wallet"),
            "brand": card.brand,
            "checks": {**nothing("address_line1_check address_postal_code_check"), "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": expires[0],
            "exp_year": expires[1],
            "fingerprint": card.fingerprint,
            "funding": "credit",
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "three_d_secure_usage": {"supported": True},
        },
        "created": created,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def setup_intent(intent_id: str, secret: str, created: int) -> Object:
    """An intention to save a card, without a card so far."""
    return {
        **nothing(
            "application automatic_payment_methods cancellation_reason customer customer_account description "
            "excluded_payment_method_types flow_directions last_setup_error latest_attempt mandate next_action "
            "on_behalf_of payment_method payment_method_configuration_details single_use_mandate"
        ),
        "id": intent_id,
        "object": "setup_intent",
        "client_secret": secret,
        "created": created,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "usage": "off_session",
    }
