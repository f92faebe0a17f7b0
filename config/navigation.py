"""The pages of the admin center: the left navigation, what it opens to whom, and what search finds by its title."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from django.urls import resolve, reverse
from django.utils.translation import gettext_lazy as _

from subscriptions.models import Membership
from subscriptions.permissions import Action, may

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as LazyStr


@dataclass(frozen=True, slots=True)
class Page:
    """A page: the name of its address, what it is called, and those of the pages `below` it.

    `also` has other words by which people look for it.
    """

    name: str
    label: "LazyStr"
    icon: str = ""
    below: str = ""
    also: "LazyStr | str" = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Pages under one heading."""

    label: "LazyStr"
    icon: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A page as it is shown: `current` is `page` for the page itself, `true` for one below it, else empty."""

    label: "LazyStr"
    icon: str
    href: str
    current: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A group as it is shown."""

    label: "LazyStr"
    icon: str
    links: list[Link]


_CREDITS: Final = (
    "credits:overview credits:add_funds credits:review_funds credits:place_order credits:auto_recharge"
    " credits:evaluations credits:levels credits:add_level credits:rehearsal credits:lots rating:lot"
    " credits:turn_off_recharge credits:resume_recharge credits:retry_recharge credits:remove_level"
)
#: The left navigation, in this order.
NAVIGATION: Final[tuple[Page | Group, ...]] = (
    Page("organization_home", _("Home"), "home"),
    Group(
        _("Billing"),
        "credit-card",
        (
            Page(
                "credits:subscriptions",
                _("Subscriptions"),
                below=f"{_CREDITS} subscriptions:subscription subscriptions:cancel_subscription",
            ),
            Page(
                "subscriptions:plans",
                _("Add subscriptions"),
                below="subscriptions:plan subscriptions:order subscriptions:review_order subscriptions:ordered"
                " subscriptions:orders",
                also=_("Plans, prices, order, buy"),
            ),
            Page(
                "credits:bills",
                _("Bills & payments"),
                below="credits:payment credits:cancel_payment credits:ask_refund subscriptions:billing_details",
                also=_("Invoices, receipts, refunds"),
            ),
            Page(
                "credits:payment_methods",
                _("Payment methods"),
                below="credits:add_method credits:method_added credits:make_default credits:remove_method"
                " credits:replace_method",
                also=_("Credit cards"),
            ),
            Page("notifications:choose", _("Notifications"), below="notifications:add_address", also=_("Mail, alerts")),
        ),
    ),
    Group(
        _("Reports"),
        "chart-bar",
        (
            Page("rating:usage", _("Usage"), below="rating:call", also=_("Calls")),
            Page("credits:balance", _("Balance"), also=_("History of the balance")),
            Page("rating:minute_pools", _("Minute pools"), also=_("Minutes of plans")),
            Page("rating:dial_out", _("Dial-out"), also=_("Conferences")),
            Page("rating:blocked_calls", _("Blocked calls"), also=_("Refused calls")),
        ),
    ),
    Page("rating:rates", _("Rates"), "globe-alt", also=_("Prices per minute, what a call costs")),
    Page(
        "rating:limits",
        _("Limits"),
        "shield-exclamation",
        below="rating:set_spend_limit rating:remove_spend_limit rating:set_policy rating:remove_policy"
        " rating:block_destination rating:unblock_destination",
        also=_("Spend limits, blocked destinations, fraud"),
    ),
    Group(
        _("Users & roles"),
        "users",
        (
            Page(
                "subscriptions:users",
                _("Users"),
                below="subscriptions:user subscriptions:user_licences subscriptions:bulk_licences",
                also=_("Subscribers, people"),
            ),
            Page(
                "subscriptions:members",
                _("Members"),
                below="subscriptions:invite subscriptions:change_role subscriptions:remove_member"
                " subscriptions:withdraw_invitation",
                also=_("Administrators, roles, invitations"),
            ),
            Page("subscriptions:licensing", _("Licensing"), also=_("Licenses")),
        ),
    ),
    Group(
        _("Settings"),
        "cog-6-tooth",
        (
            Page("organization_settings", _("Organization"), also=_("Time zone, currency, language")),
            Page("subscriptions:keys", _("API keys"), below="subscriptions:make_key subscriptions:revoke_key"),
            Page("rating:uploads", _("Uploads"), below="rating:upload_usage rating:upload_licences rating:upload"),
            Page("activity", _("Activity"), also=_("Audit log, who did what")),
        ),
    ),
)
#: Pages that are reached from others, and found by search.
FURTHER: Final = (
    Page("credits:overview", _("Communications Credits"), also=_("Balance, credits, prepaid")),
    Page("credits:add_funds", _("Add funds"), also=_("Buy credits, top up")),
    Page("credits:auto_recharge", _("Auto-recharge settings"), also=_("Recharge, trigger, top up")),
    Page("credits:rehearsal", _("Recharge rehearsal")),
    Page("credits:evaluations", _("Why did it (not) recharge?")),
    Page("credits:levels", _("Balance levels"), also=_("Warning, threshold")),
    Page("credits:lots", _("Credit lots"), also=_("Expiry, what expires")),
    Page("subscriptions:billing_details", _("Billing details"), also=_("Address, tax number")),
    Page("subscriptions:orders", _("Orders")),
    Page("notifications:news", _("What is new"), also=_("Notices")),
)


def shown(slug: str, membership: Membership, *, view: str) -> list[Link | Heading]:
    """The navigation of the organization for that member, of whom each page may be opened; `view` is the one shown."""
    found: list[Link | Heading] = []
    for entry in NAVIGATION:
        if isinstance(entry, Page):
            found.extend(_links((entry,), slug, membership, view))
        elif links := list(_links(entry.pages, slug, membership, view)):
            found.append(Heading(entry.label, entry.icon, links))
    return found


def pages() -> Iterator[Page]:
    """All pages that have a title of their own."""
    for entry in NAVIGATION:
        yield from (entry,) if isinstance(entry, Page) else entry.pages
    yield from FURTHER


def may_open(page: Page, membership: Membership) -> bool:
    """If the member's role opens the page."""
    return may(membership, _action(page.name))


@cache
def _action(name: str) -> Action:
    """What the page asks of who opens it, as its view says."""
    return Action(getattr(resolve(reverse(name, args=["any"])).func, "action"))  # noqa: B009  # set by `required`


def _links(pages: tuple[Page, ...], slug: str, membership: Membership, view: str) -> Iterator[Link]:
    for page in pages:
        if may_open(page, membership):
            current = "page" if view == page.name else "true" if view in page.below.split() else ""
            yield Link(page.label, page.icon, reverse(page.name, args=[slug]), current)
