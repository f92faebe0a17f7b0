"""What the shell of every page shows: the person's organizations, and whether calls are stopped."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """`memberships` of the signed-in person, `standing` of the organization whose page this is."""
    return {}
