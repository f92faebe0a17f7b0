"""Every object that the sandbox answers with has the fields and types of Stripe's own example objects."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest
import stripe
from stripe.checkout import Session

from tests.config.provider import Sandbox, error_of, payment

EXAMPLES = json.loads((Path(__file__).parents[1] / "data" / "stripe-objects.json").read_text())["resources"]
# What stands in these is the shopkeeper's, or another object.
FREE = ("metadata", "data")
CARDS_ONLY = {"allowed_payment_method_types": ["card"]}
CLASSES: dict[str, Any] = {
    "charge": stripe.Charge,
    "checkout.session": Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("provider"))
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def answered(sandbox: Sandbox) -> dict[str, list[Any]]:
    """Objects of each kind, in several states, as the SDK has parsed them."""
    v1 = sandbox.client.v1
    customer, method = sandbox.customer_with("success")
    paid = v1.payment_intents.create(payment(customer, method))
    refund = v1.refunds.create({"payment_intent": paid.id, "amount": 100})
    asks = payment(*sandbox.customer_with("three_d_secure"), off_session=False, return_url="https://shop.example/")
    with pytest.raises(stripe.CardError) as declined:
        v1.payment_intents.create(payment(*sandbox.customer_with("stolen_card")))
    v1.payment_intents.create(payment(*sandbox.customer_with("disputed")))
    opened = v1.disputes.list().data[0]
    ends = {"success_url": "https://shop.example/done", "cancel_url": "https://shop.example/", "customer": customer}
    setup = v1.checkout.sessions.create({"mode": "setup", "currency": "usd", **ends})
    line = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 5000, "product_data": {"name": "Credits"}}}
    pay = v1.checkout.sessions.create({"mode": "payment", "line_items": [line], **ends})
    sandbox.switch(mode={"name": "refund_pending", "next": 2})
    pending = [v1.refunds.create({"payment_intent": paid.id, "amount": 100}) for _ in range(2)]
    for waiting, status in zip(pending, ("succeeded", "failed"), strict=True):
        sandbox.web.post(f"/sandbox/refunds/{waiting.id}/settle", json={"status": status})
    canceled = v1.payment_intents.cancel(v1.payment_intents.create(asks).id)
    closed = v1.disputes.close(v1.disputes.list().data[0].id)
    saved = v1.setup_intents.create({"customer": customer, "payment_method": method, "confirm": True, **CARDS_ONLY})
    failed = v1.payment_intents.retrieve(error_of(declined).payment_intent.id)
    return {
        "charge": v1.charges.list({"limit": 100}).data,
        "checkout.session": [setup, pay, *v1.checkout.sessions.list().data],
        "customer": v1.customers.list().data,
        "dispute": [opened, closed],
        "event": v1.events.list({"limit": 100}).data,
        "payment_intent": [paid, failed, canceled, v1.payment_intents.create(asks)],
        "payment_method": v1.payment_methods.list({"customer": customer}).data,
        "refund": [refund, *pending, *v1.refunds.list({"limit": 100}).data],
        "setup_intent": [saved, v1.setup_intents.retrieve(str(setup.setup_intent))],
    }


def differences(value: Any, example: Any, hint: Any, place: str) -> list[str]:
    """Where a value has not the fields and types of the example; null only where the SDK's own types allow it."""
    if place.rpartition(".")[2] in FREE or example is None:
        return []
    if value is None:
        return [] if hint is None or NoneType in get_args(hint) else [f"{place} is null"]
    if type(value) is not type(example):
        return [f"{place} is {type(value).__name__}, not {type(example).__name__}"]
    if not isinstance(example, dict):
        return []
    hints = hints_of(hint)
    missing = [f"{place}.{name} is missing" for name in example if name not in value]
    shared = (name for name in example if name in value)
    inner = (differences(value[name], example[name], hints.get(name), f"{place}.{name}") for name in shared)
    return missing + [found for some in inner for found in some]


def hints_of(hint: Any) -> dict[str, Any]:
    """The types of the fields of an SDK class, or of the class within an optional one."""
    classes = [some for some in (hint, *get_args(hint)) if isinstance(some, type) and some is not NoneType]
    return dict(getattr(classes[0], "__annotations__", {})) if classes else {}


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_an_object_has_the_fields_and_types_of_stripe_s_example(answered: dict[str, list[Any]], kind: str) -> None:
    assert answered[kind]
    for thing in answered[kind]:
        assert isinstance(thing, CLASSES[kind])
        assert differences(thing.to_dict(), EXAMPLES[kind], CLASSES[kind], kind) == []


def test_the_comparison_itself_sees_what_is_missing_null_or_of_another_type() -> None:
    example = EXAMPLES["payment_method"]
    card = {**example["card"], "brand": None, "exp_month": "8", "wallet": None}
    wrong = {**example, "card": card, "customer": None}
    del wrong["type"]

    assert differences(wrong, example, stripe.PaymentMethod, "payment_method") == [
        "payment_method.type is missing",
        "payment_method.card.brand is null",
        "payment_method.card.exp_month is str, not int",
    ]
