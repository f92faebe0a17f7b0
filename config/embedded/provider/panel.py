"""The panel: a page on which a person works the switches, disputes a charge, or decides what waits for its bank."""

import hmac
from datetime import UTC, datetime
from html import escape
from secrets import token_hex
from typing import Any

from config.embedded.provider import disputes, keys, markup, refunds, sandbox, switches, webhooks, wire
from config.embedded.provider.calls import Answer, Call
from config.embedded.provider.errors import invalid
from config.embedded.provider.store import Store

Object = dict[str, Any]

ADDRESS = "/sandbox/"
_MOST_ROWS = 25
_NUMBERS = ("times", "parallel", "next")


def show(call: Call) -> Answer:
    """GET /sandbox/"""
    mode, told = switches.current(call.store, "mode"), switches.current(call.store, "webhooks")
    token = f'<input type="hidden" name="token" value="{_token(call.store)}">'
    body = markup.filled(
        "panel",
        token=token,
        modes=_options(switches.MODES, mode.name),
        mode_seconds=f"{mode.seconds:g}",
        mode_next=mode.next or "",
        webhooks=_options(switches.WEBHOOKS, told.name),
        variants=_options(switches.FORGERIES, told.variant),
        webhook_seconds=f"{told.seconds:g}",
        webhook_next=told.next or "",
        times=told.times,
        parallel=told.parallel,
        both=" checked" if told.both else "",
        charges=_charges(call, token),
        refunds=_refunds(call, token),
        deliveries=_deliveries(call),
    )
    return markup.page("Switches of the sandbox", body)


def _options(names: tuple[str, ...], chosen: str) -> str:
    return "".join(f"<option{' selected' if name == chosen else ''}>{name}</option>" for name in names)


def _charges(call: Call, token: str) -> str:
    """The charges that took money, newest first, each with what its bank can do."""
    paid = [charge for charge in call.store.newest("charge", limit=4 * _MOST_ROWS) if charge["paid"]]
    return _rows((_charge(call, charge, token) for charge in paid[:_MOST_ROWS]), 6)


def _charge(call: Call, charge: Object, token: str) -> list[str]:
    found = call.store.newest("dispute", charge=charge["id"], limit=1)
    customer = call.store.find("customer", charge["customer"] or "") or {}
    if not found:
        does, dispute = [("dispute", charge["id"], "Dispute")], ""
    elif found[0]["status"] in ("won", "lost"):
        does, dispute = [("reopen", found[0]["id"], "Reopen")], found[0]["status"]
    else:
        does, dispute = [("won", found[0]["id"], "Won"), ("lost", found[0]["id"], "Lost")], "open"
    return [
        _moment(charge["created"]),
        escape(customer.get("name") or charge["customer"] or ""),
        f"<code>{escape(charge['metadata'].get('payment', ''))}</code>",
        markup.money(charge["amount"], charge["currency"]),
        escape(dispute),
        _buttons(does, token),
    ]


def _refunds(call: Call, token: str) -> str:
    """The refunds that are pending, each with how it can end."""
    pending = [refund for refund in call.store.newest("refund") if refund["status"] == "pending"]
    return _rows(
        (
            [
                _moment(refund["created"]),
                markup.money(refund["amount"], refund["currency"]),
                _buttons([("succeeded", refund["id"], "Succeeded"), ("failed", refund["id"], "Failed")], token),
            ]
            for refund in pending[:_MOST_ROWS]
        ),
        3,
    )


def _deliveries(call: Call) -> str:
    """The last webhooks and what became of them."""
    last = webhooks.listed(call.store)[: -_MOST_ROWS - 1 : -1]
    return _rows(([escape(row["type"]), escape(row["state"]), str(row["last_status"] or "")] for row in last), 3)


def _rows(rows: Any, columns: int) -> str:
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return "".join(f"<tr>{line}</tr>" for line in lines) or f'<tr><td colspan="{columns}">None</td></tr>'


def _moment(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _buttons(does: list[tuple[str, str, str]], token: str) -> str:
    buttons = "".join(
        f'<button name="{action}" value="{escape(about)}" aria-label="{label}: {escape(about)}">{label}</button>'
        for action, about, label in does
    )
    return f'<form method="post" action="{ADDRESS}">{token}{buttons}</form>'


def work(call: Call) -> Answer:
    """POST /sandbox/: what a button says. A page elsewhere does not know the token."""
    if not hmac.compare_digest((wire.text(call.params, "token") or "").encode(), _token(call.store).encode()):
        raise invalid("Load the page again.", status=403)
    for action, does in _ACTIONS.items():
        about = wire.text(call.params, action)
        if about is not None:
            does(call, action, about)
    return markup.redirect(ADDRESS)


def _switch(call: Call, action: str, name: str) -> None:
    asked: Object = {field: wire.integer(call.params, field) for field in _NUMBERS}
    switch = {"name": name, "seconds": _seconds(wire.text(call.params, "seconds")), **asked}
    switch |= {"both": wire.text(call.params, "both") == "on", "variant": wire.text(call.params, "variant")}
    sandbox.set_switches(call.store, {action: {field: value for field, value in switch.items() if value is not None}})


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError as problem:
        raise invalid("seconds must be a number.", param="seconds") from problem


def _forget(call: Call, action: str, about: str) -> None:
    keys.forget(call.store)


def _dispute(call: Call, action: str, charge_id: str) -> None:
    disputes.open_asked(call.about(charge=charge_id))


def _decide(call: Call, action: str, dispute_id: str) -> None:
    disputes.decide(call.about(dispute_id, status=action))


def _reopen(call: Call, action: str, dispute_id: str) -> None:
    disputes.reopen(call.about(dispute_id))


def _settle(call: Call, action: str, refund_id: str) -> None:
    refunds.settle(call.about(refund_id, status=action))


_ACTIONS = {
    "mode": _switch,
    "webhooks": _switch,
    "forget": _forget,
    "dispute": _dispute,
    "won": _decide,
    "lost": _decide,
    "reopen": _reopen,
    "succeeded": _settle,
    "failed": _settle,
}


def _token(store: Store) -> str:
    """The secret of this store's panel; made when it is first shown."""
    token = store.note("panel")
    if token is None:
        token = token_hex(16)
        store.set_note("panel", token)
    return str(token)
