"""Checkout sessions and events."""

from typing import Any

from config.embedded.provider.shapes import nothing

Object = dict[str, Any]


def checkout_session(session_id: str, created: int, *, mode: str, url: str) -> Object:
    """An open hosted page."""
    return {
        **nothing(
            "adaptive_pricing after_expiration allow_promotion_codes amount_subtotal amount_total "
            "billing_address_collection cancel_url client_reference_id client_secret collected_information consent "
            "consent_collection currency currency_conversion customer customer_account customer_creation "
            "customer_details customer_email discounts integration_identifier invoice invoice_creation locale "
            "managed_payments origin_context payment_intent payment_link payment_method_collection "
            "payment_method_configuration_details permissions phone_number_collection recovered_from "
            "saved_payment_method_options setup_intent shipping_address_collection shipping_cost submit_type "
            "subscription success_url total_details wallet_options"
        ),
        "id": session_id,
        "object": "checkout.session",
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "created": created,
        "custom_fields": [],
        "custom_text": nothing("after_submit shipping_address submit terms_of_service_acceptance"),
        "expires_at": created + 86400,
        "livemode": False,
        "metadata": {},
        "mode": mode,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid" if mode == "payment" else "no_payment_required",
        "shipping_options": [],
        "status": "open",
        "ui_mode": "hosted_page",
        "url": url,
    }


def event(event_id: str, created: int, *, type_: str, about: Object, api_version: str, request: Object) -> Object:
    """What happened, with the object as it was at that moment."""
    return {
        "id": event_id,
        "object": "event",
        "api_version": api_version,
        "created": created,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": request,
        "type": type_,
    }
