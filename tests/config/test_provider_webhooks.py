"""What the sandbox provider tells: signed, at least once, and wrongly when a switch says so."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.config.provider import SECRET, Sandbox, payment, until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("provider"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture
def paying(sandbox: Sandbox) -> tuple[str, str]:
    """A customer and a good card, of whom everything has been told."""
    found = sandbox.customer_with("success")
    until(lambda: sandbox.listener.types() == ["payment_method.attached"])
    sandbox.listener.clear()
    return found


def construct(post: tuple[bytes, str | None], secret: str = SECRET) -> Any:
    return stripe.Webhook.construct_event(post[0], post[1], secret)


def states(sandbox: Sandbox, event_type: str) -> list[str]:
    return [row["state"] for row in sandbox.get("deliveries")["data"] if row["type"] == event_type]


def test_a_payment_is_told_with_a_signature_that_verifies(sandbox: Sandbox, paying: tuple[str, str]) -> None:
    intent = sandbox.client.v1.payment_intents.create(payment(*paying, metadata={"payment": "p-2"}))
    until(lambda: len(sandbox.listener.posts) == 1)

    event = construct(sandbox.listener.posts[0])

    assert (event.type, event.data.object.id, event.api_version) == (
        "payment_intent.succeeded",
        intent.id,
        stripe.api_version,
    )
    assert event.data.object.metadata["payment"] == "p-2"
    assert sandbox.client.v1.events.retrieve(event.id).data.object["id"] == intent.id
    with pytest.raises(stripe.SignatureVerificationError):
        construct(sandbox.listener.posts[0], "whsec_another")


def test_every_story_is_told_in_its_events(sandbox: Sandbox) -> None:
    v1 = sandbox.client.v1
    with pytest.raises(stripe.CardError):
        v1.payment_intents.create(payment(*sandbox.customer_with("stolen_card")))
    asks = payment(*sandbox.customer_with("three_d_secure"), off_session=False, return_url="https://shop.example/")
    v1.payment_intents.cancel(v1.payment_intents.create(asks).id)
    paid = v1.payment_intents.create(payment(*sandbox.customer_with("success")))
    v1.refunds.create({"payment_intent": paid.id})
    disputed = v1.payment_intents.create(payment(*sandbox.customer_with("success")))
    opened = sandbox.web.post("/sandbox/disputes", json={"payment_intent": disputed.id}).json()
    sandbox.web.post(f"/sandbox/disputes/{opened['id']}/close", json={"status": "won"})

    until(lambda: len(sandbox.listener.posts) == 15)

    assert [name for name in sandbox.listener.types() if name != "payment_method.attached"] == [
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "payment_intent.canceled",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
        "payment_intent.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]


def test_an_event_is_told_again_until_it_is_taken(sandbox: Sandbox, paying: tuple[str, str]) -> None:
    sandbox.listener.statuses = [500, 400]

    sandbox.client.v1.payment_intents.create(payment(*paying))
    until(lambda: len(sandbox.listener.posts) == 3)

    assert len({construct(post).id for post in sandbox.listener.posts}) == 1
    until(lambda: states(sandbox, "payment_intent.succeeded")[-1] == "delivered")


@pytest.mark.parametrize(("more", "times"), [({}, 2), ({"times": 10, "parallel": 8}, 10)])
def test_doubled_events_come_as_often_as_asked_with_one_id(
    sandbox: Sandbox, paying: tuple[str, str], more: dict[str, int], times: int
) -> None:
    sandbox.listener.slow = 0.05
    sandbox.switch(webhooks={"name": "doubled", "next": 1, **more})

    sandbox.client.v1.payment_intents.create(payment(*paying))
    until(lambda: len(sandbox.listener.posts) == times)

    assert len({construct(post).id for post in sandbox.listener.posts}) == 1
    assert sandbox.listener.at_once == more.get("parallel", 1)


def test_a_pending_refund_is_told_when_it_ends(sandbox: Sandbox, paying: tuple[str, str]) -> None:
    intent = sandbox.client.v1.payment_intents.create(payment(*paying))
    sandbox.switch(mode={"name": "refund_pending", "next": 1}, webhooks="normal")

    refund = sandbox.client.v1.refunds.create({"payment_intent": intent.id})
    sandbox.web.post(f"/sandbox/refunds/{refund.id}/settle", json={"status": "failed"})
    until(lambda: len(sandbox.listener.posts) == 6)

    told = [name for name in sandbox.listener.types() if name.startswith("refund.")]
    assert told == ["refund.created", "refund.updated", "refund.failed"]
    ended = next(construct(post) for post in sandbox.listener.posts if construct(post).type == "refund.failed")
    assert (refund.status, ended.data.object.status) == ("pending", "failed")
    assert ended.data.object.failure_reason == "expired_or_canceled_card"


def test_a_closed_dispute_can_be_opened_again(sandbox: Sandbox, paying: tuple[str, str]) -> None:
    intent = sandbox.client.v1.payment_intents.create(payment(*paying))
    dispute = sandbox.web.post("/sandbox/disputes", json={"payment_intent": intent.id}).json()["id"]
    for path, said in (("close", {"status": "won"}), ("reopen", {}), ("close", {"status": "lost"})):
        assert sandbox.web.post(f"/sandbox/disputes/{dispute}/{path}", json=said).status_code == 200
    until(lambda: len(sandbox.listener.posts) == 7)

    told = [construct(post) for post in sandbox.listener.posts if b"charge.dispute" in post[0]]

    assert [(event.type.rpartition(".")[2], event.data.object.status) for event in told] == [
        ("created", "needs_response"),
        ("funds_withdrawn", "needs_response"),
        ("closed", "won"),
        ("funds_reinstated", "won"),
        ("updated", "needs_response"),
        ("closed", "lost"),
    ]


def test_lost_events_never_come_but_can_be_looked_up(sandbox: Sandbox, paying: tuple[str, str]) -> None:
    sandbox.switch(webhooks={"name": "lost", "next": 1})

    intent = sandbox.client.v1.payment_intents.create(payment(*paying))
    sandbox.client.v1.refunds.create({"payment_intent": intent.id})
    until(lambda: len(sandbox.listener.posts) == 2)

    assert sandbox.listener.types() == ["refund.created", "charge.refunded"]
    kept = sandbox.client.v1.events.list({"type": "payment_intent.succeeded"}).data[0]
    assert kept.data.object["id"] == intent.id


def test_late_events_come_later(sandbox: Sandbox, paying: tuple[str, str]) -> None:
    sandbox.switch(webhooks={"name": "late", "seconds": 0.3, "next": 1})

    intent = sandbox.client.v1.payment_intents.create(payment(*paying))
    sandbox.client.v1.refunds.create({"payment_intent": intent.id})
    until(lambda: len(sandbox.listener.posts) == 3)

    assert sandbox.listener.types() == ["refund.created", "charge.refunded", "payment_intent.succeeded"]


def test_reordered_events_change_places(sandbox: Sandbox, paying: tuple[str, str]) -> None:
    sandbox.switch(webhooks={"name": "reordered", "seconds": 5, "next": 2})

    intent = sandbox.client.v1.payment_intents.create(payment(*paying))
    sandbox.client.v1.refunds.create({"payment_intent": intent.id})
    until(lambda: len(sandbox.listener.posts) == 3)

    assert sandbox.listener.types() == ["refund.created", "charge.refunded", "payment_intent.succeeded"]


@pytest.mark.parametrize("variant", ["wrong_secret", "no_signature", "old_stamp", "changed_body"])
def test_a_forged_event_does_not_verify_and_is_not_repeated(
    sandbox: Sandbox, paying: tuple[str, str], variant: str
) -> None:
    sandbox.switch(webhooks={"name": "forged", "variant": variant, "next": 1})
    sandbox.listener.statuses = [400]

    sandbox.client.v1.payment_intents.create(payment(*paying))
    until(lambda: states(sandbox, "payment_intent.succeeded")[-1] == "refused")

    assert len(sandbox.listener.posts) == 1
    with pytest.raises(stripe.SignatureVerificationError):
        construct(sandbox.listener.posts[0])


@pytest.mark.parametrize("variant", ["future_stamp", "live_mode"])
def test_some_forgeries_pass_the_library_and_must_be_seen_by_us(
    sandbox: Sandbox, paying: tuple[str, str], variant: str
) -> None:
    sandbox.switch(webhooks={"name": "forged", "variant": variant, "next": 1})

    sandbox.client.v1.payment_intents.create(payment(*paying))
    until(lambda: len(sandbox.listener.posts) == 1)

    assert construct(sandbox.listener.posts[0]).livemode is (variant == "live_mode")


@pytest.mark.parametrize(("both", "secrets"), [(False, ["whsec_the_other"]), (True, ["whsec_the_other", SECRET])])
def test_the_second_secret_signs_during_an_exchange(
    sandbox: Sandbox, paying: tuple[str, str], both: bool, secrets: list[str]
) -> None:
    sandbox.switch(webhooks={"name": "second_secret", "both": both, "next": 1})

    sandbox.client.v1.payment_intents.create(payment(*paying))
    until(lambda: len(sandbox.listener.posts) == 1)

    for secret in secrets:
        assert construct(sandbox.listener.posts[0], secret).type == "payment_intent.succeeded"
    if not both:
        with pytest.raises(stripe.SignatureVerificationError):
            construct(sandbox.listener.posts[0])


def test_an_event_comes_before_the_answer_when_the_answer_hangs(sandbox: Sandbox, paying: tuple[str, str]) -> None:
    sandbox.switch(mode={"name": "charge_then_hang", "seconds": 0.3, "next": 1})
    heard: list[int] = []

    sandbox.client.v1.payment_intents.create(payment(*paying))
    heard.append(len(sandbox.listener.posts))

    assert heard == [1]
    assert json.loads(sandbox.listener.posts[0][0])["request"]["id"].startswith("req_")
