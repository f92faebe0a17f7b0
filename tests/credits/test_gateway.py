"""The gateway against the sandbox provider over HTTP: the same code that production runs."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from credits import gateway
from credits.gateway import Order, StripeGateway
from tests.config.provider import SECRET, Sandbox, until


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(Path(tmp_path_factory.mktemp("provider")))
    yield running
    running.stop()


@pytest.fixture
def provider(sandbox: Sandbox) -> Iterator[StripeGateway]:
    yield StripeGateway("sk_test_sandbox", sandbox.url, timeout=(1, 1))
    sandbox.reset()


def order(sandbox: Sandbox, card: str = "success") -> Order:
    customer, method = sandbox.customer_with(card)
    return Order(
        key=uuid.uuid4(), customer=customer, method=method, total=Decimal(50), currency="USD", description="Credits"
    )


def test_a_charge_succeeds_under_its_key(sandbox: Sandbox, provider: StripeGateway) -> None:
    wanted = order(sandbox)

    answer = provider.charge(wanted)

    assert (answer.state, answer.minor, answer.currency, answer.key) == ("succeeded", 5000, "USD", str(wanted.key))


def test_the_same_key_charges_once(sandbox: Sandbox, provider: StripeGateway) -> None:
    wanted = order(sandbox)

    assert provider.charge(wanted) == provider.charge(wanted)
    assert len(sandbox.client.v1.charges.list({"customer": wanted.customer}).data) == 1


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("declined_later", "generic_decline"),
        ("insufficient_funds", "insufficient_funds"),
        ("expired_card", "expired_card"),
        ("stolen_card", "stolen_card"),
        ("three_d_secure", "authentication_required"),
    ],
)
def test_a_decline_has_its_code(sandbox: Sandbox, provider: StripeGateway, card: str, code: str) -> None:
    answer = provider.charge(order(sandbox, card))

    assert (answer.state, answer.code) == ("failed", code)


def test_a_card_that_is_gone_has_its_code(sandbox: Sandbox, provider: StripeGateway) -> None:
    answer = provider.charge(replace(order(sandbox), method="pm_nobody"))

    assert (answer.state, answer.code) == ("failed", "resource_missing")


def test_a_customer_who_is_gone_tells_nothing_of_the_card(
    sandbox: Sandbox, provider: StripeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(gateway.Busy):
        provider.charge(replace(order(sandbox), customer="cus_nobody"))

    assert [record.levelname for record in caplog.records if "cus_nobody" in record.getMessage()] == ["ERROR"]


@pytest.mark.parametrize("mode", ["charge_then_500", "charge_then_close", "charge_then_hang"])
def test_a_charge_whose_answer_is_lost_is_found_once(sandbox: Sandbox, provider: StripeGateway, mode: str) -> None:
    wanted = order(sandbox)
    sandbox.switch(mode={"name": mode, "seconds": 2, "next": 1})

    with pytest.raises(gateway.Unanswered):
        provider.charge(wanted)
    found = provider.find(wanted, since=datetime.now(UTC))

    assert found is not None
    assert found.state == "succeeded"
    assert len(sandbox.client.v1.charges.list({"customer": wanted.customer}).data) == 1


def test_a_charge_that_was_never_made_is_not_found(sandbox: Sandbox, provider: StripeGateway) -> None:
    assert provider.find(order(sandbox), since=datetime.now(UTC)) is None


def test_a_busy_provider_took_no_money(sandbox: Sandbox, provider: StripeGateway) -> None:
    wanted = order(sandbox)
    sandbox.switch(mode={"name": "rate_limited", "next": 1})

    with pytest.raises(gateway.Busy):
        provider.charge(wanted)

    assert provider.find(wanted, since=datetime.now(UTC)) is None


def test_a_card_is_added_on_the_providers_page(sandbox: Sandbox, provider: StripeGateway) -> None:
    customer = provider.create_customer(key=uuid.uuid4().hex, name="Contoso", email="billing@contoso.example")

    page = provider.card_page(
        customer=customer,
        success_url="http://127.0.0.1/back?session={CHECKOUT_SESSION_ID}",
        cancel_url="http://127.0.0.1/",
    )

    session = page.rsplit("/", 1)[1]
    assert page.startswith(sandbox.url)
    assert provider.card_of_session(session) is None
    assert provider.card_of_session("cs_unknown") is None


def test_a_webhook_is_read_and_a_forged_one_is_not(sandbox: Sandbox, provider: StripeGateway, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    sandbox.listener.clear()
    wanted = order(sandbox)
    provider.charge(wanted)
    until(lambda: "payment_intent.succeeded" in sandbox.listener.types())
    at = sandbox.listener.types().index("payment_intent.succeeded")
    body, signature = sandbox.listener.posts[at]
    now = datetime.fromtimestamp(time.time(), UTC)

    event = gateway.read_event(body, signature or "", now=now)

    assert gateway.answer_of(event.payload["data"]["object"]).key == str(wanted.key)
    for bad_body, bad_signature, moment in (
        (body + b" ", signature, now),
        (body, "", now),
        (body, "t=abc,v1=00", now),
        (b"\xff", signature, now),
        (body, signature, now + timedelta(minutes=6)),
        (body, signature, now - timedelta(minutes=6)),
    ):
        with pytest.raises(gateway.Forged):
            gateway.read_event(bad_body, bad_signature or "", now=moment)
