"""Telling what happened: signed posts to the webhook address, at least once, from a thread of their own."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from config.embedded.provider.calls import Settings
from config.embedded.provider.store import Store
from config.embedded.provider.switches import MOST_PARALLEL

_TIMEOUT_SECONDS = 10
_LONGEST_WAIT_SECONDS = 60.0
_GIVE_UP_AFTER_TRIES = 80
_FORGED_STAMPS = {"old_stamp": -3600, "future_stamp": 3600}


class Delivery(NamedTuple):
    """One post that is due."""

    id: int
    body: str
    how: dict[str, Any]
    tries: int


def signature(body: bytes, secret: str, stamp: int) -> str:
    """HMAC-SHA256 over the stamp, a dot and the raw body, in hexadecimal digits."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def sealed(body: bytes, how: dict[str, Any], settings: Settings, *, now: float) -> tuple[bytes, str | None]:
    """The body to post and its Stripe-Signature header, true or forged as the switch had it."""
    forgery = how["variant"] if how["name"] == "forged" else None
    if forgery == "no_signature":
        return body, None
    if forgery == "live_mode":
        body = body.replace(b'"livemode": false', b'"livemode": true')
    stamp = int(now) + _FORGED_STAMPS.get(forgery or "", 0)
    secrets = [settings.webhook_secrets[0]]
    if forgery == "wrong_secret":
        secrets = ["whsec_forged"]
    elif how["name"] == "second_secret":
        secrets = [settings.second_secret, *(secrets if how["both"] else [])]
    header = ",".join([f"t={stamp}", *(f"v1={signature(body, secret, stamp)}" for secret in secrets)])
    if forgery == "changed_body":
        body = body.replace(b'"id": "evt_', b'"id": "evt_changed')
    return body, header


def post(url: str, body: bytes, header: str | None) -> int:
    """Post to the webhook address; its status, or 0 when there was no answer."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.hostname or "127.0.0.1", parts.port, timeout=_TIMEOUT_SECONDS)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (sandbox)"}
    if header is not None:
        headers["Stripe-Signature"] = header
    try:
        line.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        line.close()


class Deliverer(threading.Thread):
    """The thread that posts what is due, and tries again until it was taken (2xx).

    One post after the other, except that the copies of a doubled event may go out at once.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._store = store
        self._settings = settings
        self._bell = threading.Event()
        self._over = False

    def ring(self) -> None:
        """Look at once whether something is due."""
        self._bell.set()

    def stop(self) -> None:
        """End after the post that is under way."""
        self._over = True
        self._bell.set()
        self.join(timeout=_TIMEOUT_SECONDS + 1)

    def run(self) -> None:
        """Post until stopped. The bell is cleared before looking, so that no ring is missed."""
        while not self._over:
            self._bell.clear()
            due, wait = self._next(now=time.time())
            if not due:
                self._bell.wait(wait)
            elif len(due) == 1:
                self._deliver(due[0])
            else:
                with ThreadPoolExecutor(len(due)) as pool:
                    list(pool.map(self._deliver, due))

    def _next(self, *, now: float) -> tuple[list[Delivery], float]:
        """The delivery that has been due for longest, with copies to go out at once; or the seconds until one is."""
        with self._store.transaction():
            rows = self._store.database.execute(
                "SELECT id, body, how, tries, event, due_at FROM deliveries WHERE state IN ('waiting', 'parked') "
                "ORDER BY due_at, id LIMIT ?",
                (MOST_PARALLEL,),
            ).fetchall()
        if not rows:
            return [], _LONGEST_WAIT_SECONDS
        if rows[0][5] > now:
            return [], min(rows[0][5] - now, _LONGEST_WAIT_SECONDS)
        copies = [row for row in rows if row[4] == rows[0][4] and row[5] <= now]
        due = [Delivery(row[0], row[1], json.loads(row[2]), row[3]) for row in copies]
        return due[: due[0].how.get("parallel", 1)], 0.0

    def _deliver(self, delivery: Delivery) -> None:
        body, header = sealed(delivery.body.encode(), delivery.how, self._settings, now=time.time())
        status = post(self._settings.webhook_url or "", body, header)
        tries = delivery.tries + 1
        wait = min(self._settings.retry_seconds * 2 ** min(delivery.tries, 10), _LONGEST_WAIT_SECONDS)
        with self._store.transaction():
            self._store.database.execute(
                "UPDATE deliveries SET state = ?, tries = ?, last_status = ?, due_at = ? WHERE id = ?",
                (_state(delivery, tries, status), tries, status, time.time() + wait, delivery.id),
            )


def _state(delivery: Delivery, tries: int, status: int) -> str:
    """What a delivery is after this try; a forged one is never repeated."""
    if 200 <= status < 300:
        return "delivered"
    if delivery.how["name"] == "forged":
        return "refused"
    return "given_up" if tries >= _GIVE_UP_AFTER_TRIES else "waiting"


def listed(store: Store) -> list[dict[str, Any]]:
    """Every delivery with its state (waiting, parked, delivered, lost, refused, given_up), oldest first."""
    names = ("id", "event", "type", "how", "state", "due_at", "tries", "last_status")
    rows = store.database.execute(
        "SELECT id, event, type, how, state, due_at, tries, last_status FROM deliveries ORDER BY id"
    ).fetchall()
    return [{**dict(zip(names, row, strict=True)), "how": json.loads(row[3])} for row in rows]
