"""The hosted pages: choosing a test card, and the bank's question."""

from typing import Any
from urllib.parse import urlencode

from config.embedded.provider import cards, charging, checkout, customers, markup, setups, wire
from config.embedded.provider.calls import Answer, Call
from config.embedded.provider.errors import Refused

Object = dict[str, Any]


def show(call: Call) -> Answer:
    """GET /c/ID: the page of a session. One that is over leads on, or says so."""
    session = checkout.get(call)
    if session["status"] == "open":
        intent = call.store.find_any(session["payment_intent"] or session["setup_intent"] or "")
        return markup.checkout(session, checkout.names(call, session), problem=_last_problem(intent))
    return _over(session)


def _last_problem(intent: Object | None) -> str | None:
    """Why the last try failed, in words."""
    error = (intent or {}).get("last_payment_error") or (intent or {}).get("last_setup_error")
    if not error:
        return None
    reason = cards.REASONS.get(error.get("decline_code") or "")
    return error["message"] if reason is None else f"The card was declined: {reason}. Choose another card."


def _over(session: Object) -> Answer:
    if session["status"] == "complete":
        return markup.redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
    return markup.message("This page has expired", "Go back to where you came from and begin again.", status=410)


def submit(call: Call) -> Answer:
    """POST /c/ID: save or pay with the chosen card, or cancel. Twice is the same as once."""
    session = checkout.get(call)
    if session["status"] != "open":
        return _over(session)
    if wire.text(call.params, "action") == "cancel" and session["cancel_url"]:
        return markup.redirect(session["cancel_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
    card = cards.named(wire.required(call.params, "card"))
    try:
        intent = _try(call, session, card)
    except Refused as refused:
        if not refused.keeps:
            raise
        problem = _last_problem(refused.error.get("payment_intent") or refused.error.get("setup_intent"))
        return markup.checkout(session, checkout.names(call, session), problem=problem, chosen=card.name)
    if intent["status"] == "requires_action":
        return markup.redirect(intent["next_action"]["redirect_to_url"]["url"])
    return _over(checkout.complete(call, session))


def _try(call: Call, session: Object, card: cards.Card) -> Object:
    method = customers.new_method(call, card)
    back = f"{call.settings.public_url}/c/{session['id']}"
    if session["mode"] == "payment":
        return charging.attempt(call, checkout.payment_intent(call, session), method, return_url=back)
    intent = call.store.known("setup_intent", session["setup_intent"])
    return setups.attempt(call, intent, method, return_url=back)


def ask(call: Call) -> Answer:
    """GET /a/ID: the bank's question about an intent that waits for an answer."""
    intent = _intent(call)
    if intent is None or intent["status"] != "requires_action":
        return markup.message("Nothing to confirm", "This question has been answered already.", status=410)
    session = checkout.of_intent(call, intent) or {}
    method = call.store.known("payment_method", intent["payment_method"])
    ends = (_return_url(intent), session.get("success_url"), session.get("cancel_url"))
    return markup.authenticate(intent, cards.behind(method), leads_to=ends)


def decide(call: Call) -> Answer:
    """POST /a/ID: the person has confirmed or refused."""
    intent = _intent(call)
    if intent is None or intent["status"] != "requires_action":
        return markup.message("Nothing to confirm", "This question has been answered already.", status=410)
    back = _return_url(intent)
    try:
        intent = _go_on(call, intent, confirmed=wire.text(call.params, "action") == "confirm")
    except Refused as refused:
        if not refused.keeps:
            raise
    session = checkout.of_intent(call, intent)
    if session is not None and session["status"] == "open":
        paid = intent["status"] == "succeeded"
        return _over(checkout.complete(call, session)) if paid else markup.redirect(back or "/")
    if back is None:
        return markup.message("Thank you", "You can close this page now.")
    return markup.redirect(_with_outcome(back, intent))


def _go_on(call: Call, intent: Object, *, confirmed: bool) -> Object:
    method = call.store.known("payment_method", intent["payment_method"])
    paying = intent["object"] == "payment_intent"
    if not confirmed:
        code = "payment_intent_authentication_failure" if paying else "setup_intent_authentication_failure"
        charging.refuse(call, intent, method, code, "The bank's question was refused. Choose another card.")
    if paying:
        return charging.attempt(call, intent, method, authenticated=True)
    return setups.attempt(call, intent, method, return_url=None, authenticated=True)


def _return_url(intent: Object) -> str | None:
    redirect = intent["next_action"].get("redirect_to_url")
    return redirect["return_url"] if redirect else None


def _with_outcome(back: str, intent: Object) -> str:
    """The return address with what Stripe adds to it: intent, client secret, outcome."""
    kind = intent["object"]
    outcome = "succeeded" if intent["status"] == "succeeded" else "failed"
    query = {kind: intent["id"], f"{kind}_client_secret": intent["client_secret"], "redirect_status": outcome}
    return f"{back}{'&' if '?' in back else '?'}{urlencode(query)}"


def _intent(call: Call) -> Object | None:
    return call.store.find("payment_intent", call.ids[0]) or call.store.find("setup_intent", call.ids[0])
