"""The objects as they look on the wire: every field of Stripe's example objects, most of them null here."""

from typing import Any

Object = dict[str, Any]


def nothing(names: str) -> Object:
    """These fields, all null."""
    return dict.fromkeys(names.split())


def address() -> Object:
    """An address of which nothing is known."""
    return nothing("city country line1 line2 postal_code state")


def page(url: str, data: list[Object], *, has_more: bool = False) -> Object:
    """A list object."""
    return {"object": "list", "url": url, "has_more": has_more, "data": data}
