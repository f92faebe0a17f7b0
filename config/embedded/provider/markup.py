"""How the hosted pages are written: templates filled with text that has been escaped."""

from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from config.embedded.provider.calls import Answer
from config.embedded.provider.cards import CARDS, Card
from config.embedded.provider.intents import NO_PLACES, THREE_PLACES

Object = dict[str, Any]

_FOLDER = Path(__file__).parent / "pages"
STYLE = (_FOLDER / "style.css").read_bytes()
# The first line of a template says what it needs; browsers don't get it.
_TEMPLATES = {path.stem: Template(path.read_text("utf-8").partition("\n")[2]) for path in _FOLDER.glob("*.html")}


def money(amount: int, currency: str) -> str:
    """An amount for people, for example "USD 50.00", "JPY 500", "KWD 12.500"."""
    places = 0 if currency in NO_PLACES else 3 if currency in THREE_PLACES else 2
    return f"{currency.upper()} {amount / 10**places:,.{places}f}"


def filled(template: str, **parts: object) -> str:
    """A template of the folder `pages` with its parts, which are HTML."""
    return _TEMPLATES[template].substitute(parts)


def page(heading: str, body: str, *, status: int = 200, leads_to: tuple[str | None, ...] = ()) -> Answer:
    """A whole page. `leads_to`: the addresses a form on it may end at, which the browser must allow."""
    whole = filled("layout", title=escape(heading), heading=escape(heading), body=body)
    parts = [urlsplit(address) for address in leads_to if address]
    origins = " ".join(sorted({f"{part.scheme}://{part.netloc}" for part in parts}))
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {origins}"
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return Answer(status, whole.encode(), "text/html; charset=utf-8", headers)


def message(heading: str, text: str, *, status: int = 200) -> Answer:
    """A page that only says something."""
    return page(heading, f'<p class="lead">{escape(text)}</p>', status=status)


def redirect(address: str) -> Answer:
    """On to another address (303)."""
    return Answer(303, b"", "text/plain; charset=utf-8", {"Location": address, "Cache-Control": "no-store"})


def checkout(session: Object, names: list[str], *, problem: str | None = None, chosen: str | None = None) -> Answer:
    """The hosted page of a session, after a refusal with its cause and the card that was chosen."""
    paying = session["mode"] == "payment"
    total = money(session["amount_total"], session["currency"]) if paying else ""
    lead = '<p class="lead">The card is saved for payments to come. Nothing is charged now.</p>'
    lines = _summary([*((name, "") for name in names), ("Total", total)])
    body = filled(
        "checkout",
        action=f"/c/{session['id']}",
        summary=lines if paying else lead,
        problem=f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else "",
        cards="\n".join(_radio(card, checked=card.name == (chosen or CARDS[0].name)) for card in CARDS),
        verb=escape(f"Pay {total}" if paying else "Save card"),
        cancel='<button name="action" value="cancel">Cancel</button>' if session["cancel_url"] else "",
    )
    leads_to = (session["success_url"], session["cancel_url"])
    return page(f"Pay {total}" if paying else "Save a card", body, leads_to=leads_to)


def _radio(card: Card, *, checked: bool) -> str:
    name, behaviour = card.label.split(" – ")
    return (
        f'<label class="card"><input type="radio" name="card" value="{card.name}"{" checked" if checked else ""}>'
        f'<span class="words"><span class="name">{escape(name)} –</span> '
        f'<span class="behaviour">{escape(behaviour)}</span></span></label>'
    )


def _summary(lines: list[tuple[str, str]]) -> str:
    rows = (f'<span>{escape(name)}</span><span class="figure">{escape(figure)}</span>' for name, figure in lines)
    return f'<ul class="summary"><li>{"</li><li>".join(rows)}</li></ul>'


def authenticate(intent: Object, card: Card, *, leads_to: tuple[str | None, ...]) -> Answer:
    """The page of the bank: confirm or refuse."""
    paying = intent["object"] == "payment_intent"
    figure = money(intent["amount"], intent["currency"]) if paying else "no charge"
    body = filled(
        "authenticate",
        action=f"/a/{intent['id']}",
        card=escape(card.label.split(" – ")[0]),
        summary=_summary([("Payment" if paying else "Save this card", figure)]),
    )
    return page("Your bank asks you to confirm", body, leads_to=leads_to)
