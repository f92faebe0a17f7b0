"""What an organization has been told lately, in words and with the page each concerns, and what is new to whom."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from notifications import facts
from notifications.models import Notice
from subscriptions.models import Membership, Organization

logger = logging.getLogger(__name__)

#: So many the list shows.
SHOWN: Final = 20
#: The page of each kind that names no payment; of any other, the overview.
_PAGES: Final[Mapping[str, str]] = {
    Notice.Kind.RECHARGE_FAILED: "credits:auto_recharge",
    Notice.Kind.RECHARGE_PAUSED: "credits:auto_recharge",
    Notice.Kind.TERMS_CHANGED: "credits:auto_recharge",
    Notice.Kind.CARD_EXPIRES: "credits:payment_methods",
    Notice.Kind.BALANCE_LOW: "credits:levels",
    Notice.Kind.MINUTES_LOW: "rating:minute_pools",
    Notice.Kind.MINUTES_USED: "rating:minute_pools",
}
_GOOD: Final = frozenset({Notice.Kind.RECHARGE_PAID, Notice.Kind.FUNDS_ADDED, Notice.Kind.REFUNDED})
_BAD: Final = frozenset(
    {Notice.Kind.RECHARGE_FAILED, Notice.Kind.RECHARGE_PAUSED, Notice.Kind.NEEDS_BANK, Notice.Kind.BELOW_ZERO}
)
_NEUTRAL: Final = frozenset({Notice.Kind.TERMS_CHANGED})


@dataclass(frozen=True, slots=True)
class Item:
    """One notice: its kind, its subject as the mail has it, when, the page it concerns, and if it is new."""

    kind: str
    text: str
    at: datetime
    href: str
    tone: str
    new: bool


def latest(organization: Organization, membership: Membership) -> list[Item]:
    """The newest notices in the language of the moment, the newest first; one query."""
    seen = membership.notices_seen_at or membership.created_at
    newest = organization.notices.filter(withdrawn_at=None).order_by("-pk")[:SHOWN]
    return [
        Item(
            kind=notice.get_kind_display(),
            text=_subject(notice, organization),
            at=notice.created_at,
            href=_page(notice, organization.slug),
            tone=_tone(notice.kind),
            new=notice.created_at > seen,
        )
        for notice in newest
    ]


def mark_seen(membership: Membership, *, now: datetime) -> None:
    """Nothing up to now is new to this member any more. Never goes back."""
    earlier = Q(notices_seen_at=None) | Q(notices_seen_at__lt=now)
    Membership.objects.filter(earlier, pk=membership.pk).update(notices_seen_at=now)


def _subject(notice: Notice, organization: Organization) -> str:
    """What the mail's subject says; of a notice that lacks what its words need, its kind."""
    try:
        values = facts.read(Notice.Kind(notice.kind), notice.facts)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        logger.exception("notice %s has facts that cannot be read", notice.pk)
        return notice.get_kind_display()
    subject = render_to_string(f"notices/{notice.kind}/subject.txt", {**values, "organization": organization})
    return " ".join(subject.split())


def _page(notice: Notice, slug: str) -> str:
    if isinstance(notice.facts.get("payment"), str):
        return reverse("credits:payment", args=[slug, notice.facts["payment"]])
    return reverse(_PAGES.get(notice.kind, "credits:overview"), args=[slug])


def _tone(kind: str) -> str:
    if kind in _NEUTRAL:
        return "info"
    return "success" if kind in _GOOD else "danger" if kind in _BAD else "warning"
