"""The start page, the home of an organization, theme and language, and what is said when something breaks."""

import logging
import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, HttpResponseServerError
from django.shortcuts import redirect, render
from django.template import loader
from django.templatetags.static import static
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from config import front
from config.context import memberships_of
from subscriptions.permissions import ALLOWED, Action, OrganizationRequest, keepers, required

logger = logging.getLogger(__name__)

#: What the theme cookie may say; `auto` follows the device.
THEMES: Final = ("light", "dark", "auto")
_A_YEAR: Final = timedelta(days=365)


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this address by habit, on pages that name no icon."""
    return redirect(static("img/favicon.svg"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the person's first organization; staff who are no member, to the admin; others are told what to do."""
    if (first := memberships_of(request.user).first()) is not None:
        return redirect("organization_home", first.organization.slug)
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "home/nobody.html")


@required(Action.VIEW)
@require_safe
def organization_home(request: OrganizationRequest, slug: str) -> HttpResponse:
    """Problems first; the first steps of a new organization, the figures of a running one."""
    allowed = {action for action in Action if request.membership.role in ALLOWED[action]}
    with timezone.override(request.organization.zone):
        context = {
            **front.facts(request.organization, now=timezone.now()),
            "allowed": allowed,
            "keepers": keepers(request, Action.ADD_FUNDS),
        }
        return render(request, "home/organization.html", context)


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or auto in a cookie, and go back; anything else changes nothing."""
    answer = _back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        _remember(answer, "theme", theme)
    return answer


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language, with the person where there is one, and go back; an unknown one changes nothing."""
    answer = _back(request)
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return answer
    if request.user.is_authenticated:
        request.user.language = language
        request.user.save(update_fields=["language"])
    _remember(answer, settings.LANGUAGE_COOKIE_NAME, language)
    return answer


def _back(request: HttpRequest) -> HttpResponse:
    """To `next`, if that is a page of this site; else to the start page."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(wanted)
    return redirect("home")


def _remember(answer: HttpResponse, name: str, value: str) -> None:
    answer.set_cookie(
        name, value, max_age=_A_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke: a number that is in the log and on the page. Asks neither the database nor the request."""
    incident = secrets.token_hex(4)
    logger.error("incident %s: %s %s", incident, request.method, request.path, exc_info=True)
    return HttpResponseServerError(loader.render_to_string("home/incident.html", {"incident": incident}))
