"""What the tests of the sandbox provider share: a running one, its switches, a listener for its webhooks."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from config.embedded.provider.calls import Settings
from config.embedded.provider.server import Provider

SECRET = "whsec_of_the_test"


class Listener:
    """A webhook address that keeps each post as (body, signature); it answers with its statuses, then with 200."""

    def __init__(self) -> None:
        self.posts: list[tuple[bytes, str | None]] = []
        self.statuses: list[int] = []
        self.at_once = 0  # how many posts were under way at the same time, at most
        self.slow = 0.0  # seconds that a post takes
        self._under_way = 0
        self._lock = threading.Lock()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with listener.counted():
                    listener.posts.append((body, self.headers.get("Stripe-Signature")))
                    self.send_response(listener.statuses.pop(0) if listener.statuses else 200)
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/stripe/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Around one post; a little time, so that those which come together meet."""
        with self._lock:
            self._under_way += 1
            self.at_once = max(self.at_once, self._under_way)
        time.sleep(self.slow)
        yield
        with self._lock:
            self._under_way -= 1

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def clear(self) -> None:
        """Forget the posts."""
        self.posts.clear()
        self.statuses.clear()
        self.at_once, self.slow = 0, 0.0

    def types(self) -> list[str]:
        """The types of the events posted so far, in order."""
        return [json.loads(body)["type"] for body, _ in list(self.posts)]


class Sandbox:
    """A running provider with a client of the SDK and a listener for its webhooks."""

    def __init__(self, folder: Path) -> None:
        self.listener = Listener()
        settings = Settings(
            store=folder / "provider.sqlite3",
            webhook_url=self.listener.url,
            webhook_secrets=(SECRET, "whsec_the_other"),
            retry_seconds=0.05,
        )
        self.provider = Provider(settings)
        self.provider.start()
        self.url = self.provider.url
        # Any: the tests hand plain dictionaries to the SDK, which its types refuse and its code takes.
        self.client: Any = self.new_client()
        self.web = httpx.Client(base_url=self.url, trust_env=False)

    def new_client(self, key: str = "sk_test_sandbox", *, timeout: float = 20) -> Any:
        """A client that never repeats a request by itself."""
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=timeout),
        )

    def switch(self, **wanted: Any) -> Any:
        """Set switches."""
        answer = self.web.post("/sandbox/switches", json=wanted)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self) -> None:
        """All switches off, nothing heard."""
        self.switch(mode="ok", webhooks="normal")
        deadline = time.monotonic() + 5
        while any(row["state"] in ("waiting", "parked") for row in self.get("deliveries")["data"]):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.listener.clear()

    def get(self, what: str) -> Any:
        """One of the sandbox's own lists."""
        return self.web.get(f"/sandbox/{what}").json()

    def customer_with(self, card: str) -> tuple[str, str]:
        """A new customer with this test card: the ids of both."""
        customer = self.client.v1.customers.create({"email": "billing@contoso.example", "name": "Contoso"})
        asked = {"customer": customer.id, "card": card}
        return customer.id, self.web.post("/sandbox/cards", json=asked).json()["id"]

    def stop(self) -> None:
        """Stop all of it."""
        self.web.close()
        self.provider.stop()
        self.listener.stop()


def payment(customer: str, method: str, **more: Any) -> Any:
    """Parameters of a charge of $50 while the person isn't there, as the automatic recharge makes it."""
    plain = {"amount": 5000, "currency": "usd", "customer": customer, "payment_method": method, "confirm": True}
    return {**plain, "off_session": True, "allowed_payment_method_types": ["card"], **more}


def charges_of(sandbox: Sandbox, customer: str) -> list[Any]:
    """The charges of a customer that took money."""
    return [charge for charge in sandbox.client.v1.charges.list({"customer": customer}).data if charge.paid]


def error_of(caught: pytest.ExceptionInfo[stripe.CardError]) -> Any:
    """The error object of a decline."""
    return caught.value.error


def until(seen: Callable[[], bool]) -> None:
    """Wait up to five seconds until something is so."""
    deadline = time.monotonic() + 5
    while not seen():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)
