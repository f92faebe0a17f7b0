"""The provider's door: what it signed is stored once; everything else is turned away."""

import hashlib
import hmac
import json

import pytest
from django.conf import settings
from django.test import Client

from credits.models import ProviderEvent
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

ABOUT = {"type": "payment_intent.succeeded", "livemode": False, "data": {"object": {}}}
BODY = json.dumps({"id": "evt_1", "object": "event", **ABOUT})
STAMP = int(NOW.timestamp())


def signed(body: str, *, stamp: int = STAMP, secret: str = "") -> str:
    """The header that the provider would send."""
    key = (secret or settings.STRIPE_WEBHOOK_SECRETS[0]).encode()
    made = hmac.new(key, f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={stamp},v1={made}"


def post(client: Client, body: str, signature: str) -> int:
    answer = client.post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    return answer.status_code


def test_a_signed_event_is_stored_once_and_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr("subscriptions.doorbell.ring", lambda *tasks: rung.extend(tasks))
    client = Client(enforce_csrf_checks=True)

    answers = [post(client, BODY, signed(BODY)), post(client, BODY, signed(BODY))]

    assert answers == [200, 200]
    assert ProviderEvent.objects.get().event_ref == "evt_1"
    assert rung == ["credits.events_due"] * 2


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "nonsense",
        "t=,v1=",
        f"t={STAMP}",
        f"t={STAMP},v1=00",
        signed(BODY, secret="whsec_wrong"),
        signed(BODY + " "),
        signed(BODY, stamp=STAMP - 301),
        signed(BODY, stamp=STAMP + 301),
    ],
)
def test_what_the_provider_did_not_sign_now_is_turned_away(client: Client, signature: str) -> None:
    assert post(client, BODY, signature) == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("body", ["", "not json", "\x00"])
def test_a_body_that_is_no_event_is_turned_away(client: Client, body: str) -> None:
    assert post(client, body, signed(body)) == 400
    assert not ProviderEvent.objects.exists()


def test_only_posts_are_taken(client: Client) -> None:
    assert client.get("/webhooks/stripe/").status_code == 405
