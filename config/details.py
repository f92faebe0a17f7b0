"""What one activity was about, fact by fact and in words: before and after where something changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications import causes, terms
from notifications.terms import Terms
from subscriptions import catalogue
from subscriptions.models import Activity, Membership
from subscriptions.templatetags.money import money

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr

#: What each fact is called; facts without a label are not for people (ids of rows, codes).
LABELS: Final[Mapping[str, "LazyStr"]] = {
    **terms.LABELS,
    "amount": _("Amount"),
    "card": _("Card"),
    "cause": _("Cause"),
    "why": _("Reason"),
    "name": _("Name"),
    "email": _("E-mail address"),
    "address": _("E-mail address"),
    "role": _("Role"),
    "person": _("Person"),
    "member": _("Member"),
    "plan": _("Plan"),
    "quantity": _("Licenses"),
    "licences": _("Licenses"),
    "subscriber": _("User"),
    "whose": _("Whose"),
    "calls": _("Calls"),
    "conferences": _("Dial-out from conferences"),
    "prefix": _("Number begins with"),
    "scopes": _("Scopes"),
    "file": _("File"),
    "new": _("New"),
    "repeated": _("Repeated"),
    "changed": _("Changed"),
    "months": _("Months"),
    "on": _("On"),
    "country": _("Country or region"),
    "time_zone": _("Time zone"),
    "language": _("Language"),
    "currency": _("Currency"),
    "bill_to": _("Bill-to address"),
    "tax_number": _("Tax number"),
    "purchase_order": _("Purchase-order number"),
    "attach_receipts": _("Attach receipts as PDF"),
    "payment": _("Payment"),
}
_TERMS: Final = frozenset(terms.LABELS)
#: What staff did; why they took money back or ended a payment stays with staff.
_BY_STAFF: Final = frozenset(
    {"refund.asked", "refund.succeeded", "refund.failed", "refund.found", "payment.closed", "payment.given_up"}
)


@dataclass(frozen=True, slots=True)
class Detail:
    """One fact: what it is called, and what it is; with `before`, what it was. Empty text is a dash on the page.

    `payment` is the key of the payment whose page shows more.
    """

    label: str
    after: str
    before: str | None = None
    payment: UUID | None = None


def of(activity: Activity, *, currency: str) -> list[Detail]:
    """The facts of the activity that have a name, those that changed first; amounts without currency are in that."""
    facts: Mapping[str, Any] = activity.facts
    before, after = facts.get("before"), facts.get("after")
    currency = str(facts.get("currency") or currency)
    found = list(_changes(before, after, currency)) if isinstance(before, dict) and isinstance(after, dict) else []
    if isinstance(before, str) and isinstance(after, str):
        found.append(Detail(gettext("Value"), after, before))
    if activity.action in _BY_STAFF:
        facts = {name: fact for name, fact in facts.items() if name != "why"}
    for name, label in LABELS.items():
        if name in facts and not (name == "currency" and "amount" in facts):
            payment = _key(facts[name]) if name == "payment" else None
            found.append(Detail(str(label), said(name, facts[name], currency), payment=payment))
    return found


def as_text(details: list[Detail]) -> str:
    """The same on one line: `Recharge with: $50.00 → $100.00; Reason: …`."""
    return "; ".join(
        f"{detail.label}: {detail.after or '–'}"
        if detail.before is None
        else f"{detail.label}: {detail.before or '–'} → {detail.after or '–'}"
        for detail in details
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], currency: str) -> Iterator[Detail]:
    """What is not the same any more, in the order in which the forms ask for it."""
    for name, label in LABELS.items():
        if name in before or name in after:
            was, now = (said(name, facts.get(name), currency) for facts in (before, after))
            # "20" and "20.0000" are one amount.
            if was != now:
                yield Detail(str(label), now, was)


def _key(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def said(name: str, value: Any, currency: str) -> str:
    """A fact as people read it; what cannot be read so is shown as it was recorded."""
    try:
        return _in_words(name, value, currency)
    except (ArithmeticError, InvalidOperation, TypeError, ValueError):
        return str(value)


def _in_words(name: str, value: Any, currency: str) -> str:
    if name in _TERMS:
        return Terms({name: None if value is None else str(value)}).said(name, currency)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if name == "amount":
        return money(Decimal(str(value)), currency)
    words = _WORDS.get(name)
    text = "" if value is None else str(value)
    return words(text) if words and text else text


#: How the facts are said that are recorded as codes.
_WORDS: Final[Mapping[str, Callable[[str], str]]] = {
    "cause": lambda code: str(causes.words(code)),
    "role": lambda role: str(dict(Membership.Role.choices).get(role, role)),
    "plan": catalogue.title_of,
    "on": lambda day: formats.date_format(date.fromisoformat(day)),
}
