"""What happened is written down as an event, and with it how and when it will be told."""

import json
from typing import Any

from config.embedded.provider import lists, switches
from config.embedded.provider.calls import API_VERSION, Call, new_id
from config.embedded.provider.errors import missing
from config.embedded.provider.shapes import doings

Object = dict[str, Any]


def record(call: Call, type_: str, about: Object) -> Object:
    """Store an event about an object as it is now, with its deliveries. In the caller's transaction."""
    request = {"id": call.request_id, "idempotency_key": call.idempotency_key}
    event = doings.event(new_id("evt"), call.second, type_=type_, about=about, api_version=API_VERSION, request=request)
    if call.settings.webhook_url is None:
        event["pending_webhooks"] = 0
    else:
        _plan(call, event)
    return call.store.save(event)


def _plan(call: Call, event: Object) -> None:
    switch = switches.take(call.store, "webhooks")
    if switch.name == "late":
        _add(call, event, switch, due_at=call.now + switch.seconds)
    elif switch.name == "lost":
        _add(call, event, switch, due_at=call.now, state="lost")
    elif switch.name == "doubled":
        for _ in range(switch.times):
            _add(call, event, switch, due_at=call.now)
    elif switch.name == "reordered":
        _overtake(call, event, switch)
    else:
        _add(call, event, switch, due_at=call.now)


def _overtake(call: Call, event: Object, switch: switches.Switch) -> None:
    """Each second event is told before the one it follows; one that nothing follows goes after its seconds."""
    parked = call.store.database.execute("SELECT id FROM deliveries WHERE state = 'parked'").fetchone()
    if parked is None:
        _add(call, event, switch, due_at=call.now + switch.seconds, state="parked")
        return
    _add(call, event, switch, due_at=call.now)
    call.store.database.execute(
        "UPDATE deliveries SET state = 'waiting', due_at = ? WHERE id = ?", (call.now + 0.001, parked[0])
    )


def _add(call: Call, event: Object, switch: switches.Switch, *, due_at: float, state: str = "waiting") -> None:
    how = {"name": switch.name, "variant": switch.variant, "both": switch.both, "parallel": switch.parallel}
    call.store.database.execute(
        "INSERT INTO deliveries (event, type, body, how, state, due_at) VALUES (?, ?, ?, ?, ?, ?)",
        (event["id"], event["type"], json.dumps(event, indent=2), json.dumps(how), state, due_at),
    )


def retrieve(call: Call) -> Object:
    """GET /v1/events/ID"""
    event = call.store.find("event", call.ids[0])
    if event is None:
        raise missing("event", call.ids[0])
    return event


def list_all(call: Call) -> Object:
    """GET /v1/events"""
    return lists.page(call, "event", "/v1/events", "type")
