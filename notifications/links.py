"""Addresses that a mail can name: whole, as mail is read outside the site."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from subscriptions.models import Invitation, Organization

#: The pages every notice may name.
_PAGES: Final = ("overview", "add_funds", "auto_recharge", "payment_methods")


def page(organization: Organization, name: str, *args: object) -> str:
    """The address of one of the organization's credits pages: `page(contoso, "add_funds")`."""
    return _whole(f"credits:{name}", organization.slug, *args)


def pages(organization: Organization, facts: Mapping[str, Any]) -> dict[str, str]:
    """Those addresses by name; with `payment` among the facts, that payment's page too."""
    found = {name: page(organization, name) for name in _PAGES}
    found["notices"] = _whole("notifications:choose", organization.slug)
    found["minute_pools"] = _whole("rating:minute_pools", organization.slug)
    if facts.get("payment"):
        found["payment"] = page(organization, "payment", facts["payment"])
    return found


def invitation(invited: Invitation) -> str:
    """The address at which the invitation is accepted; whoever holds it may."""
    return _whole("subscriptions:invitation", invited.token)


def _whole(name: str, *args: object) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
