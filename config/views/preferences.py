"""Theme and language, for whoever asks: signed in or not."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

#: What the theme cookie may say; `auto` follows the device.
THEMES: Final = ("light", "dark", "auto")
_A_YEAR: Final = timedelta(days=365)


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
