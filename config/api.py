"""The API under /api/v1: what it is made of, and how its errors are said."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from rating.api import router as calls_and_rates
from subscriptions.api import Refusal, problem

api = NinjaAPI(
    title="Communications Credits",
    version="1",
    description=(
        "Before a call: may it begin, and for how long. While it lasts: more time. After it: its charge. "
        "Every amount is a decimal in a string, every time has a zone."
    ),
    urls_namespace="api",
    docs_url="docs/",
)
api.add_router("", calls_and_rates)


def addresses() -> Any:
    """What goes into the table of addresses. Programs come in by a key, so no person has to sign in."""
    patterns, app, namespace = api.urls
    for pattern in patterns:
        login_not_required(cast(Callable[..., Any], pattern.callback))
    return patterns, app, namespace


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return problem(error)


@api.exception_handler(AuthenticationError)
def _stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(Refusal(401, "key", "No such key", "Send 'Authorization: Bearer' with a key that is still good."))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [_said(one) for one in error.errors]
    return problem(Refusal(422, "invalid", "The request cannot be understood", errors=errors))


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(Refusal(error.status_code, "invalid", str(error)))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(Refusal(404, "not_found", "There is no such thing"))


def _said(error: Any) -> dict[str, str]:
    """Where and what; never the value, which may be somebody's number."""
    return {"field": ".".join(str(part) for part in error["loc"][1:]), "message": str(error["msg"])}
