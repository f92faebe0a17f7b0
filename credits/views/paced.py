"""Doors that admit so many an hour for an organization from one address."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from uuid import uuid4

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from credits import pace
from credits.views import page
from subscriptions.permissions import OrganizationRequest

View = Callable[..., HttpResponse]

#: One line of the internet has so many bits of its IPv6 address to itself.
_LINE: Final = 64
#: The longest token that is looked at.
_TOKEN: Final = 64


def paced(what: str, *, once: str = "") -> Callable[[View], View]:
    """Answer 429 when `settings.MONEY_AN_HOUR[what]` are exceeded; what has the same field `once` counts once."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: OrganizationRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            token = request.POST.get(once, "")[:_TOKEN] if once else str(uuid4())
            whose = f"{what}:{request.organization.pk}:{_address(request)}"
            try:
                pace.take(whose, token, most=settings.MONEY_AN_HOUR[what], now=timezone.now())
            except pace.TooOften as error:
                return _later(request, error)
            return view(request, slug, *args, **kwargs)

        return wrapped

    return decorate


def _address(request: OrganizationRequest) -> str:
    """The person's address as sign-in counts it, an IPv6 one by its line."""
    given = str(get_adapter().get_client_ip(request))
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return given
    return str(ipaddress.ip_network((address, _LINE), strict=False)) if address.version == 6 else given


def _later(request: OrganizationRequest, error: pace.TooOften) -> HttpResponse:
    answer = page.show(request, "too_often", {"again_at": error.again_at}, status=429)
    wait = error.again_at - timezone.now()
    answer["Retry-After"] = str(max(1, int(wait.total_seconds()) + 1))
    return answer
