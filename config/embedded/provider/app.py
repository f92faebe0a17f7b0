"""From a request to an answer: who may ask, what the switches say, what was answered under this key before."""

import hmac
import json
import sys
import time
import traceback
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from config.embedded.provider import hosted, keys, markup, panel, routes, sandbox, switches, wire
from config.embedded.provider.calls import API_VERSION, Answer, Call, Params, Request, Settings, new_id
from config.embedded.provider.errors import Refused, invalid
from config.embedded.provider.expansion import expand
from config.embedded.provider.store import Store

Object = dict[str, Any]

_BROKEN: Object = {"error": {"type": "api_error", "message": "An unknown error occurred."}}
_EARLY: dict[str, tuple[int, Object]] = {
    "rate_limited": (
        429,
        {
            "error": {
                "type": "invalid_request_error",
                "code": "rate_limit",
                "message": "Too many requests, too quickly.",
            }
        },
    ),
    "down": (503, {"error": {"type": "api_error", "message": "The service is not available."}}),
}
_PAGES = {
    ("GET", "c"): hosted.show,
    ("POST", "c"): hosted.submit,
    ("GET", "a"): hosted.ask,
    ("POST", "a"): hosted.decide,
    ("GET", "sandbox"): panel.show,
    ("POST", "sandbox"): panel.work,
}


class App:
    """The provider without its sockets. `ring` is called after each answer that may have left a webhook."""

    def __init__(self, settings: Settings, store: Store, ring: Callable[[], None]) -> None:
        self._settings = settings
        self._store = store
        self._ring = ring
        self._hosts = {"127.0.0.1", "localhost", urlsplit(settings.public_url).hostname}

    def answer(self, request: Request, *, now: float) -> Answer:
        """The answer to one request; whatever goes wrong is an answer too."""
        # A page elsewhere that lets its name point here must not work the switches.
        if urlsplit(f"//{request.headers.get('host', '')}").hostname not in self._hosts:
            return Answer(403, b"Unknown host\n", "text/plain; charset=utf-8")
        try:
            if request.path.startswith("/v1/"):
                return self._api(request, now=now)
            if request.path.startswith("/sandbox/") and request.path != panel.ADDRESS:
                return self._sandbox(request, now=now)
            return self._page(request, now=now)
        except Refused as refused:
            return _json(refused.status, refused.body)
        except Exception:  # the edge of the process: the caller gets a 500, the operator the trace
            traceback.print_exc(file=sys.stderr)
            return _json(500, _BROKEN)
        finally:
            self._ring()

    def _api(self, request: Request, *, now: float) -> Answer:
        self._check_key(request)
        params = wire.decode(request.query if request.method in ("GET", "DELETE") else request.body)
        with self._store.transaction():
            mode = switches.take_mode(self._store, request.path, moving=_moving(request, params))
        if mode.name in _EARLY:
            return _json(*_EARLY[mode.name])
        if mode.name == "slow":
            time.sleep(mode.seconds)
        answer = self._once(request, params, mode.name, now=now)
        if mode.name == "charge_then_hang":
            return Answer(answer.status, answer.body, headers=answer.headers, hang=mode.seconds)
        return Answer(0, b"", close=True) if mode.name == "charge_then_close" else answer

    def _check_key(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = b64decode(given).decode().partition(":")[0]
            except ValueError:
                given = ""
        if not given:
            raise invalid("You did not provide an API key.", status=401)
        if not hmac.compare_digest(given.encode(), self._settings.secret_key.encode()):
            raise invalid(f"Invalid API Key provided: {given[:8]}****{given[-4:]}", status=401)

    def _once(self, request: Request, params: Params, mode: str, *, now: float) -> Answer:
        """Carry out a call, or give the answer that its idempotency key has had before. All or nothing of both."""
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        request_id = new_id("req")
        headers = {"Request-Id": request_id, "Stripe-Version": request.headers.get("stripe-version", API_VERSION)}
        print_ = keys.fingerprint(request.method, request.path, params)
        with self._store.transaction():
            if key is not None:
                headers["Idempotency-Key"] = key
                before = keys.saved(self._store, key, print_, now=now)
                if before is not None:
                    return _sent(before[0], before[1], {**headers, "Idempotent-Replayed": "true"})
            status, body = self._carry_out(request, params, mode, request_id, key, now=now)
            if mode == "charge_then_500" and status == 200:
                status, body = 500, _BROKEN
            text = json.dumps(body, indent=2)
            if key is not None:
                keys.keep(self._store, key, print_, status, text, now=now)
        return _sent(status, text, headers)

    def _carry_out(
        self, request: Request, params: Params, mode: str, request_id: str, key: str | None, *, now: float
    ) -> tuple[int, Object]:
        """Status and body of one call. In the caller's transaction, which keeps a decline and drops other refusals."""
        found = routes.find(request.method, request.path)
        try:
            if found is None:
                raise invalid(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)
            route, ids = found
            unknown = sorted(params.keys() - route.parameters)
            if unknown:
                raise invalid(f"Received unknown parameter: {unknown[0]}", param=unknown[0], code="parameter_unknown")
            call = Call(self._store, self._settings, params, ids, now, request_id, mode, key)
            return 200, expand(self._store, route.handler(call), wire.items(params, "expand"))
        except Refused as refused:
            if not refused.keeps:
                self._store.forget_writes()
            return refused.status, refused.body

    def _sandbox(self, request: Request, *, now: float) -> Answer:
        wanted: Object = {}
        if request.method == "POST":
            # A form of a page elsewhere can't send this type, so it can't work the switches either.
            if request.headers.get("content-type", "").partition(";")[0] != "application/json":
                raise invalid("Send JSON with content-type application/json.", status=415)
            wanted = sandbox.decode(request.body)
        with self._store.transaction():
            if (request.method, request.path) == ("POST", "/sandbox/switches"):
                return _json(200, sandbox.set_switches(self._store, wanted))
            params = sandbox.as_parameters(wanted)
            return _json(*self._carry_out(request, params, "ok", new_id("req"), None, now=now))

    def _page(self, request: Request, *, now: float) -> Answer:
        if (request.method, request.path) == ("GET", "/style.css"):
            return Answer(200, markup.STYLE, "text/css; charset=utf-8", {"Cache-Control": "max-age=300"})
        _, kind, *rest = request.path.split("/")
        handler = _PAGES.get((request.method, kind))
        if handler is None or len(rest) != 1:
            return markup.message("Nothing here", "This address belongs to no page.", status=404)
        params = wire.decode(request.body) if request.method == "POST" else {}
        call = Call(self._store, self._settings, params, (rest[0],), now, new_id("req"))
        try:
            with self._store.transaction():
                return handler(call)
        except Refused as refused:
            return markup.message("That did not work", str(refused), status=refused.status)


def _moving(request: Request, params: Params) -> str:
    """What a request tries to move money by: "charge", "refund" or "" not at all."""
    if request.method != "POST":
        return ""
    if request.path == "/v1/refunds":
        return "refund"
    confirms = request.path.endswith("/confirm") or params.get("confirm") == "true"
    return "charge" if confirms and request.path.startswith("/v1/payment_intents") else ""


def _sent(status: int, text: str, headers: dict[str, str]) -> Answer:
    # A saved 500 would only be answered again.
    more = {"Stripe-Should-Retry": "false"} if status == 500 else {}
    return Answer(status, text.encode(), headers={**headers, **more})


def _json(status: int, body: Object) -> Answer:
    return Answer(status, json.dumps(body, indent=2).encode(), headers={"Request-Id": new_id("req")})
