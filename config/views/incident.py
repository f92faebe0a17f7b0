"""What is said when something cannot be done or breaks: a plain sentence, a way back, a number that is in the log."""

import logging
import secrets
import sys
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import requires_csrf_token

from subscriptions.permissions import Action, OrganizationRequest, keepers

logger = logging.getLogger(__name__)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Something in the request was malformed; whose it is may not be known, so nothing is asked of it."""
    context = {"incident": _incident(request, 400)}
    return HttpResponse(loader.render_to_string("400.html", context), status=400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Not theirs to do: what was said, and who may. Of an organization's page the view itself names the action."""
    action = getattr(request.resolver_match.func if request.resolver_match else None, "action", None)
    who: list[str] = []
    if isinstance(action, Action) and hasattr(request, "membership"):
        who = keepers(cast(OrganizationRequest, request), action)
    said = str(exception) if isinstance(exception, PermissionDenied) else ""
    return _shown(request, 403, {"said": said, "keepers": who})


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or not theirs: the two look the same."""
    return _shown(request, 404, {})


# The form was sent without a token that fits: the person may be signed in or not.
@login_not_required
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that cannot be trusted (CSRF_FAILURE_VIEW)."""
    context = {"incident": _incident(request, 403, reason), "back": _back(request)}
    return render(request, "403_csrf.html", context, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke, or the database is away for a while. Asks neither the database nor the request."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    incident = _new()
    logger.error("incident %s: %s %s", incident, request.method, request.path, exc_info=True)
    status = 503 if away else 500
    page = loader.render_to_string(f"{status}.html", {"incident": incident})
    return HttpResponse(page, status=status, headers={"Retry-After": "30"} if away else {})


def _shown(request: HttpRequest, status: int, context: dict[str, Any]) -> HttpResponse:
    found = {**context, "incident": _incident(request, status), "back": _back(request)}
    return render(request, f"{status}.html", found, status=status)


def _incident(request: HttpRequest, status: int, reason: str = "") -> str:
    """A number, and the line of the log that has it."""
    number = _new()
    logger.info("incident %s: %s %s %s %s", number, status, request.method, request.path, reason)
    return number


def _new() -> str:
    return secrets.token_hex(4)


def _back(request: HttpRequest) -> str:
    """The page of this site from which the person came, if the browser says, and if it is another one."""
    referrer = request.headers.get("Referer", "")
    mine = url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure())
    return referrer if mine and referrer != request.build_absolute_uri() else ""
