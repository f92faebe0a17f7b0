"""The activity record in words: a sentence for each action, with its facts in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from config import details
from notifications import causes
from subscriptions.models import Activity, Membership
from subscriptions.templatetags.money import money

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened, when, who did it (empty: the program), and how the line looks."""

    text: str
    at: datetime
    by: str
    icon: str
    tone: str


#: For each action: icon, tone, and what is said of it.
SENTENCES: Final[Mapping[str, tuple[str, str, "LazyStr"]]] = {
    "organization.created": ("building-office-2", "", _("The organization %(name)s was set up.")),
    "organization.zone_changed": ("clock", "", _("The time zone was changed from %(before)s to %(after)s.")),
    "organization.changed": ("building-office-2", "", _("The organization's settings were changed.")),
    "invitation.withdrawn": ("envelope", "warning", _("The invitation of %(email)s was withdrawn.")),
    "member.role_changed": ("user", "", _("%(person)s is now %(role)s (before: %(was)s).")),
    "member.removed": ("user-minus", "warning", _("%(person)s (%(role)s) is no longer a member.")),
    "licences.assigned": ("identification", "", _("%(plan)s was assigned (people: %(people)s).")),
    "licences.removed": ("identification", "", _("%(plan)s was taken away (people: %(people)s).")),
    "invitation.created": ("envelope", "", _("%(email)s was invited as %(role)s.")),
    "member.joined": ("user-plus", "", _("%(by)s joined as %(role)s.")),
    "licence.assigned": ("identification", "", _("%(plan)s was assigned to %(subscriber)s.")),
    "licence.removed": ("identification", "", _("%(plan)s was taken from %(subscriber)s.")),
    "licences.imported": (
        "identification",
        "",
        _("Licenses were imported (new people: %(new)s, changed: %(changed)s)."),
    ),
    "plan.ordered": ("shopping-bag", "success", _("%(name)s was ordered (licenses: %(quantity)s).")),
    "subscription.cancelled": ("calendar", "warning", _("%(name)s was cancelled. Its last day is %(on)s.")),
    "subscription.kept": ("calendar", "success", _("%(name)s stays: its cancellation was taken back.")),
    "subscription.ended": ("calendar", "warning", _("%(name)s has ended (licenses taken back: %(licences)s).")),
    "upload.received": ("arrow-up-tray", "", _("%(file)s was uploaded and is being checked.")),
    "upload.confirmed": ("arrow-up-tray", "", _("%(by)s had the file %(file)s imported.")),
    "upload.refused": ("x-mark", "warning", _("The file %(file)s was refused.")),
    "upload.dropped": ("trash", "", _("The uploaded file %(file)s was dropped; nothing of it was imported.")),
    "usage.imported": ("arrow-up-tray", "", _("%(file)s was imported: %(new)s new calls.")),
    "spend_limit.set": ("shield-exclamation", "", _("%(whose)s may spend %(amount)s a month.")),
    "spend_limit.removed": ("shield-exclamation", "", _("The spend limit of %(whose)s was removed.")),
    "policy.set": ("shield-exclamation", "", _("Where %(whose)s may call was changed.")),
    "policy.removed": ("shield-exclamation", "", _("%(whose)s may call where the organization allows it.")),
    "destination.blocked": ("no-symbol", "", _("Calls to %(prefix)s were blocked.")),
    "destination.unblocked": ("no-symbol", "", _("Calls to %(prefix)s are allowed again.")),
    "key.made": ("key", "", _("The API key %(name)s was made.")),
    "key.revoked": ("key", "warning", _("The API key %(name)s was revoked.")),
    "notices.chosen": ("envelope", "", _("Who is told what was changed.")),
    "address.added": ("envelope", "", _("Notices go to %(address)s too.")),
    "address.removed": ("envelope", "", _("Notices no longer go to %(address)s.")),
    "usage.rerated": (
        "scale",
        "",
        _("Calls of %(months)s were re-rated: %(calls)s changed, %(amount)s in all. Reason: %(why)s"),
    ),
    "level.added": ("bell-alert", "", _("The admins are told when the balance comes near %(amount)s.")),
    "level.removed": ("bell-alert", "", _("The admins are no longer told when the balance comes near %(amount)s.")),
    "billing.changed": ("identification", "", _("The billing details were changed.")),
    "card.added": ("credit-card", "success", _("%(card)s was added.")),
    "card.made_default": ("credit-card", "", _("%(card)s is now charged first.")),
    "card.replaced": ("credit-card", "success", _("%(card)s took the place of %(old)s.")),
    "card.removed": ("credit-card", "", _("%(card)s was removed.")),
    "funds.ordered": ("plus", "", _("Funds of %(amount)s were ordered.")),
    "payment.succeeded": ("check", "success", _("%(amount)s was paid.")),
    "payment.failed": ("x-mark", "danger", _("A payment of %(amount)s failed. %(cause)s")),
    "refund.requested": (
        "arrow-uturn-left",
        "",
        _("A refund of a payment of %(amount)s was asked for. Reason: %(why)s"),
    ),
    "refund.declined": (
        "arrow-uturn-left",
        "warning",
        _("The refund of a payment of %(amount)s was declined: %(said)s"),
    ),
    "refund.asked": ("arrow-uturn-left", "", _("A refund of %(amount)s was asked for.")),
    "refund.succeeded": ("arrow-uturn-left", "success", _("%(amount)s was refunded.")),
    "refund.failed": ("arrow-uturn-left", "warning", _("A refund of %(amount)s failed.")),
    "refund.found": ("arrow-uturn-left", "", _("%(amount)s was refunded at the payment provider.")),
    "payment.cancelled": ("x-mark", "warning", _("A payment of %(amount)s was cancelled.")),
    "payment.given_up": ("x-mark", "warning", _("A payment of %(amount)s was given up before it was charged.")),
    "payment.closed": ("x-mark", "warning", _("A payment of %(amount)s was ended by our staff.")),
    "dispute.reopened": ("scale", "warning", _("The dispute of a payment of %(amount)s goes on; it waits again.")),
    "dispute.opened": ("scale", "warning", _("A payment of %(amount)s is disputed; what is left of it waits.")),
    "dispute.won": ("scale", "success", _("The dispute of a payment of %(amount)s was won.")),
    "dispute.lost": ("scale", "danger", _("The dispute of a payment of %(amount)s was lost.")),
    "auto_recharge.changed": ("arrow-path", "", _("The auto-recharge settings were changed.")),
    "auto_recharge.turned_on": ("arrow-path", "success", _("Auto-recharge was turned on.")),
    "auto_recharge.turned_off": ("arrow-path", "warning", _("Auto-recharge was turned off.")),
    "auto_recharge.retried": ("arrow-path", "", _("A failed recharge was tried again.")),
    "auto_recharge.resumed": ("arrow-path", "success", _("Auto-recharge was resumed.")),
}


def of(activity: Activity, *, currency: str) -> Sentence:
    """The activity as a sentence; an action without one is said by its name. Amounts without currency are in that."""
    icon, tone, words = SENTENCES.get(_action(activity), ("information-circle", "", None))
    text = activity.action if words is None else str(words) % _Facts(_said(activity, currency))
    return Sentence(text=text.strip(), at=activity.at, by=activity.actor_name, icon=icon, tone=tone)


class _Facts(dict[str, str]):
    """A fact that an older row did not record reads as a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def _action(activity: Activity) -> str:
    """The action; whether changed terms turned the recharge on or off is in the facts."""
    before, after = (activity.facts.get(name) or {} for name in ("before", "after"))
    if activity.action == "auto_recharge.changed" and before.get("enabled") != after.get("enabled"):
        return "auto_recharge.turned_on" if after.get("enabled") == "True" else "auto_recharge.turned_off"
    return activity.action


def _said(activity: Activity, currency: str) -> dict[str, str]:
    """The facts as people read them."""
    facts: dict[str, Any] = {**activity.facts, "by": activity.actor_name or "–"}
    if facts.get("amount") is not None:
        facts["amount"] = money(facts["amount"], facts.get("currency", currency))
    for name in ("role", "was"):
        if name in facts:
            facts[name] = dict(Membership.Role.choices).get(facts[name], facts[name])
    for name in ("plan", "on"):
        if name in facts:
            facts[name] = details.said(name, facts[name], currency)
    if "cause" in facts:
        facts["cause"] = causes.words(facts["cause"])
    return {name: str(value) for name, value in facts.items()}
