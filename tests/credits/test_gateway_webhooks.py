"""What is posted to us is an event that the provider has just signed for us, or it is forged: nothing else happens."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from credits import gateway
from credits.gateway import Dispute, Forged, RefundAnswer
from tests.config.provider import SECRET, Sandbox, payment, until
from tests.factories import NOW

STAMP = int(NOW.timestamp())
EVENT = {"id": "evt_1", "object": "event", "type": "refund.created", "livemode": False, "data": {"object": {}}}
BODY = json.dumps(EVENT).encode()
HOUR = 3600


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> Any:
    """The new secret and the one before it, while they are exchanged."""
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET, "whsec_before"]
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    return settings


def mark(body: bytes, secret: str = SECRET, stamp: int = STAMP) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def signed(body: bytes, secret: str = SECRET, stamp: int = STAMP) -> str:
    return f"t={stamp},v1={mark(body, secret, stamp)}"


def with_(**changed: object) -> bytes:
    return json.dumps({**EVENT, **changed}).encode()


@pytest.mark.parametrize("secret", [SECRET, "whsec_before"])
def test_either_secret_is_good_while_they_are_exchanged(secret: str) -> None:
    event = gateway.read_event(BODY, signed(BODY, secret), now=NOW)

    assert (event.ref, event.kind, event.livemode, event.payload) == ("evt_1", "refund.created", False, EVENT)


def test_one_good_signature_of_several_is_enough() -> None:
    header = f"t={STAMP},v1={mark(BODY, 'whsec_after')},v1={mark(BODY)},v0=00"

    assert gateway.read_event(BODY, header, now=NOW).ref == "evt_1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "=",
        "nonsense",
        "t=,v1=",
        f"t={STAMP}",
        f"v1={mark(BODY)}",
        f"t={STAMP},v1=",
        f"t={STAMP},v0={mark(BODY)}",
        f"t={STAMP},v1=ü",
        f"t=abc,v1={mark(BODY)}",
        f"t={STAMP}.0,v1={mark(BODY)}",
        f"t=٣,v1={mark(BODY)}",
        f"t={'9' * 5000},v1={mark(BODY)}",
        f"t={'9' * 12},v1={mark(BODY, stamp=999999999999)}",
        f"{signed(BODY)},{signed(BODY)}",
        f"t={STAMP},{signed(BODY, stamp=STAMP - HOUR)}",
        signed(BODY, "whsec_wrong"),
        signed(BODY + b" "),
        signed(BODY, stamp=STAMP - HOUR),
        signed(BODY, stamp=STAMP + HOUR),
        signed(BODY, stamp=STAMP - 301),
        signed(BODY, stamp=STAMP + 301),
    ],
)
def test_a_header_that_is_no_fresh_signature_of_ours_is_forged(header: str) -> None:
    with pytest.raises(Forged):
        gateway.read_event(BODY, header, now=NOW)


@pytest.mark.parametrize("off", [-300, 300])
def test_five_minutes_are_allowed_for_both_clocks(off: int) -> None:
    assert gateway.read_event(BODY, signed(BODY, stamp=STAMP + off), now=NOW).ref == "evt_1"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{}",
        b"[]",
        b"[{}]",
        b"null",
        b"1",
        b'"text"',
        b"not json",
        b"\x00",
        b"\xff\xfe",
        BODY[:-3],
        BODY + b"{}",
        b"[" * 100_000,
        BODY[:-1] + b', "more": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        BODY + b" " * 5_000_000,
        with_(object="v2.core.event"),
        with_(id=None),
        with_(id=1),
        with_(id=""),
        with_(type=None),
        with_(type=["refund.created"]),
        with_(livemode=None),
        with_(livemode="false"),
        with_(livemode=0),
        with_(livemode=True),
    ],
    ids=lambda body: repr(body[:20] + body[-20:]),
)
def test_a_body_that_is_no_event_is_forged_though_it_is_signed(body: bytes) -> None:
    with pytest.raises(Forged):
        gateway.read_event(body, signed(body), now=NOW)
    with pytest.raises(Forged):
        gateway.read_event(body, "", now=NOW)


@pytest.mark.parametrize(("key", "livemode"), [("sk_live_1", False), ("rk_live_1", False), ("sk_test_1", True)])
def test_an_event_of_the_other_mode_is_forged(secrets: Any, key: str, livemode: bool) -> None:
    secrets.STRIPE_SECRET_KEY = key
    ours, theirs = with_(livemode=not livemode), with_(livemode=livemode)

    assert gateway.read_event(ours, signed(ours), now=NOW).livemode is not livemode
    with pytest.raises(Forged):
        gateway.read_event(theirs, signed(theirs), now=NOW)


INTENT = {
    "id": "pi_1",
    "status": "succeeded",
    "amount": 5000,
    "amount_received": 5000,
    "currency": "usd",
    "metadata": {"payment": "key"},
}
REFUND = {
    "id": "re_1",
    "status": "succeeded",
    "amount": 100,
    "currency": "usd",
    "payment_intent": "pi_1",
    "metadata": {"refund": "key"},
}
DISPUTE = {
    "id": "dp_1",
    "status": "needs_response",
    "amount": 100,
    "currency": "usd",
    "payment_intent": "pi_1",
    "reason": "general",
}


@pytest.mark.parametrize("name", ["id", "status", "amount", "currency"])
@pytest.mark.parametrize("nonsense", [None, "", {}, [], True, 50.0, -1, float("nan")])
def test_an_object_with_nonsense_in_it_is_not_read(name: str, nonsense: object) -> None:
    intent = {**INTENT, "status": "processing"}
    for reader, good in ((gateway.refund_of, REFUND), (gateway.dispute_of, DISPUTE), (gateway.answer_of, intent)):
        reader(good)
        with pytest.raises((KeyError, TypeError, ValueError)):
            reader({**good, name: nonsense})
        with pytest.raises(KeyError):
            reader({key: value for key, value in good.items() if key != name})


@pytest.mark.parametrize("more", [{"metadata": []}, {"metadata": {"payment": 1}}, {"amount_received": "5000"}])
def test_a_charge_with_nonsense_in_it_is_not_read(more: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        gateway.answer_of({**INTENT, **more})


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("needs_response", "open"),
        ("under_review", "open"),
        ("warning_needs_response", "open"),
        ("warning_closed", "won"),
        ("won", "won"),
        ("lost", "lost"),
    ],
)
def test_a_dispute_is_open_won_or_lost(status: str, read: str) -> None:
    assert gateway.dispute_of({**DISPUTE, "status": status}).status == read


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("succeeded", "succeeded"),
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_a_refund_is_pending_until_it_has_ended(status: str, read: str) -> None:
    assert gateway.refund_of({**REFUND, "status": status}).state == read


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("provider"))
    yield running
    running.stop()


def read(sandbox: Sandbox, kind: str) -> Any:
    """The object of the newest event of this kind that the sandbox has posted, once it has."""
    until(lambda: kind in sandbox.listener.types())
    at = len(sandbox.listener.types()) - 1 - sandbox.listener.types()[::-1].index(kind)
    body, header = sandbox.listener.posts[at]
    event = gateway.read_event(body, header or "", now=datetime.now(UTC))
    return event.payload["data"]["object"]


def test_charge_refund_and_dispute_are_read_from_what_the_sandbox_posts(sandbox: Sandbox) -> None:
    customer, method = sandbox.customer_with("disputed")
    asked = payment(customer, method, metadata={"payment": "key"})
    ref = sandbox.client.v1.payment_intents.create(asked).id
    opened = gateway.dispute_of(read(sandbox, "charge.dispute.created"))
    sandbox.web.post(f"/sandbox/disputes/{opened.ref}/close", json={"status": "won"})
    closed = gateway.dispute_of(read(sandbox, "charge.dispute.closed"))
    refund = sandbox.client.v1.refunds.create({"payment_intent": ref, "amount": 100, "metadata": {"refund": "back"}}).id

    answer = gateway.answer_of(read(sandbox, "payment_intent.succeeded"))

    assert (answer.state, answer.key, answer.minor, answer.customer) == ("succeeded", "key", 5000, customer)
    assert opened == Dispute(opened.ref, ref, 5000, "USD", "open", "fraudulent")
    assert closed == Dispute(opened.ref, ref, 5000, "USD", "won", "fraudulent")
    expected = RefundAnswer("succeeded", refund, "back", ref, 100, "USD")
    assert gateway.refund_of(read(sandbox, "refund.created")) == expected


@pytest.mark.parametrize(
    "variant", ["wrong_secret", "no_signature", "old_stamp", "future_stamp", "changed_body", "live_mode"]
)
def test_every_forgery_of_the_sandbox_is_seen(sandbox: Sandbox, variant: str) -> None:
    sandbox.reset()
    sandbox.switch(webhooks={"name": "forged", "variant": variant, "next": 1})

    sandbox.client.v1.payment_intents.create(payment(*sandbox.customer_with("success")))
    until(lambda: len(sandbox.listener.posts) >= 1)

    body, header = sandbox.listener.posts[0]
    with pytest.raises(Forged):
        gateway.read_event(body, header or "", now=datetime.now(UTC))
