"""Payment intents, charges, refunds, disputes. Amounts are whole numbers of the currency's smallest unit."""

from typing import Any

from config.embedded.provider.shapes import nothing, page
from config.embedded.provider.shapes.people import billing_details

Object = dict[str, Any]


def payment_intent(intent_id: str, secret: str, created: int, *, amount: int, currency: str) -> Object:
    """An intention to pay, without a card so far."""
    return {
        **nothing(
            "application application_fee_amount automatic_payment_methods canceled_at cancellation_reason customer "
            "customer_account description excluded_payment_method_types last_payment_error latest_charge "
            "managed_payments next_action on_behalf_of payment_method payment_method_configuration_details processing "
            "receipt_email review setup_future_usage shipping source statement_descriptor "
            "statement_descriptor_suffix transfer_data transfer_group"
        ),
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": secret,
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }


def charge(charge_id: str, intent: Object, method: Object, created: int) -> Object:
    """A charge that went through; a decline overwrites what differs."""
    return {
        **nothing(
            "application application_fee application_fee_amount balance_transaction calculated_statement_descriptor "
            "failure_balance_transaction failure_code failure_message on_behalf_of receipt_number "
            "receipt_url review shipping source source_transfer transfer_data transfer_group"
        ),
        **{name: intent[name] for name in ("amount", "currency", "customer", "description", "metadata")},
        **{name: intent[name] for name in ("receipt_email", "statement_descriptor", "statement_descriptor_suffix")},
        "id": charge_id,
        "object": "charge",
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "billing_details": billing_details(),
        "captured": True,
        "created": created,
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "outcome": outcome("authorized", "approved_by_network", "Payment complete."),
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": _card_of_charge(intent, method), "type": "card"},
        "refunded": False,
        "refunds": page(f"/v1/charges/{charge_id}/refunds", []),
        "status": "succeeded",
    }


def outcome(kind: str, network: str, message: str, *, reason: str | None = None) -> Object:
    """What the bank said to a charge."""
    return {
        **nothing("advice_code network_advice_code network_decline_code"),
        "network_status": network,
        "reason": reason,
        "risk_level": "normal",
        "seller_message": message,
        "type": kind,
    }


def _card_of_charge(intent: Object, method: Object) -> Object:
    card = method["card"]
    copied = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    return {
        **nothing(
            "authorization_code installments mandate network_transaction_id regulated_status three_d_secure "
            "transaction_link_id wallet"
        ),
        **{name: card[name] for name in copied},
        "amount_authorized": intent["amount"],
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
    }


def refund(refund_id: str, of: Object, created: int, *, amount: int) -> Object:
    """A refund of a charge, done at once."""
    return {
        **nothing(
            "balance_transaction customer_account receipt_number reason source_transfer_reversal transfer_reversal"
        ),
        **{name: of[name] for name in ("currency", "customer", "payment_intent", "payment_method")},
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "charge": of["id"],
        "created": created,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {},
        "status": "succeeded",
    }


_EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
    "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
    "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt "
    "refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
    "shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number "
    "uncategorized_file uncategorized_text"
)


def dispute(dispute_id: str, of: Object, created: int, *, amount: int, reason: str) -> Object:
    """A holder's complaint about a charge, open for three weeks."""
    brand = of["payment_method_details"]["card"]["brand"]
    card = {"brand": brand, "case_type": "chargeback", "network_reason_code": "10.4", "network": brand}
    return {
        "id": dispute_id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**nothing(_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": created + 21 * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": of["payment_intent"],
        "payment_method_details": {"card": card, "type": "card"},
        "reason": reason,
        "status": "needs_response",
    }
