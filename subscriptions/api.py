"""What every part of the API shares: the key that lets in, and how a refusal is said (RFC 9457)."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Schema
from ninja.security import HttpBearer
from pydantic import ConfigDict

from subscriptions import keys
from subscriptions.keys import Scope
from subscriptions.models import ApiKey

#: A key is far shorter; a longer header is nobody's.
_LONGEST: Final = 200


class KeyRequest(HttpRequest):
    """A request that came in by a key."""

    auth: ApiKey


class Refusal(Exception):
    """Answered as problem details: the status, a code for programs, a title, and what was wrong with this request."""

    def __init__(self, status: int, code: str, title: str, detail: str = "", **more: Any) -> None:
        super().__init__(detail or title)
        self.status, self.code, self.title, self.detail, self.more = status, code, title, detail, more


class Key(HttpBearer):
    """Lets in a key that is good for the scope: `Authorization: Bearer cck_...`."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        if len(token) > _LONGEST or not token.isascii():
            return None
        key = keys.find(token, now=timezone.now())
        if key is not None and not keys.may(key, self._scope):
            raise Refusal(403, "scope", "The key is not good for this", f"It needs the scope '{self._scope}'.")
        return key


class Body(Schema):
    """What is sent to the API: an unknown field is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Problem(Schema):
    """Why a request was refused. `code` is for programs and never changes; `title` and `detail` are for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str = ""


def problem(refusal: Refusal) -> HttpResponse:
    """The refusal as a response."""
    said = Problem(title=refusal.title, status=refusal.status, code=refusal.code, detail=refusal.detail).dict()
    response = JsonResponse(said | refusal.more, status=refusal.status, content_type="application/problem+json")
    if refusal.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
