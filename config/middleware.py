"""The language follows the person; before sign-in, the browser."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control

from subscriptions.models import User


def person_language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Speak the signed-in person's language, and let no cache keep a page that only they may see."""

    def middleware(request: HttpRequest) -> HttpResponse:
        person = _known(request)
        if person is None:
            return get_response(request)
        if person.language:
            translation.activate(person.language)
            request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware


def _known(request: HttpRequest) -> User | None:
    """Who is signed in. While the database does not answer, the page that says so takes everybody for a stranger."""
    try:
        return request.user if request.user.is_authenticated else None
    except DatabaseError:
        if request.path != reverse("status"):
            raise
        request.user = AnonymousUser()
        return None
