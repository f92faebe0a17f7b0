"""The API before, during and after a call: authorize, update, settle, release.

Each request has a number, counted by the caller within a session: the same request again has the same answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.utils import timezone
from ninja import Path, Router, Schema
from pydantic import AwareDatetime, Field

from rating import authorizing
from rating.authorizing import Answer, Request, Settled
from rating.authorizing.asking import LONGEST_CALL, LONGEST_KEY
from subscriptions.api import Body, Key, KeyRequest, Problem, Refusal
from subscriptions.keys import Scope

router = Router(tags=["calls"], auth=Key(Scope.CALLS))

Session = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY, description="Your name for the call.")]
InPath = Annotated[str, Path(min_length=1, max_length=LONGEST_KEY)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1, description="Counts the requests of the session.")]
Seconds = Annotated[int, Field(ge=0, le=LONGEST_CALL)]
PROBLEMS = {404: Problem, 409: Problem, 422: Problem}


class CallIn(Body):
    """Who calls whom. Name the subscriber (of a conference: its organizer) by object id or UPN."""

    call_type: Annotated[str, Field(max_length=32, examples=["user_out", "conf_out", "conf_in"])]
    destination: Annotated[str, Field(max_length=32, examples=["+442079460000"])]
    started_at: AwareDatetime
    number_type: Annotated[str, Field(max_length=16, examples=["user", "service", "toll-free"])] = ""
    caller: Annotated[str, Field(max_length=32)] = ""
    object_id: UUID | None = None
    upn: Annotated[str, Field(max_length=128)] = ""


class AuthorizeIn(CallIn):
    """A call that is about to begin, and how long it wants to last (0: as long as a grant may be)."""

    session: Session
    number: Number = 0
    requested_seconds: Seconds = 0


class UpdateIn(Body):
    """How long the call has lasted since its answer, and how much longer it wants to (0: as much as a grant may be)."""

    number: Number
    used_seconds: Seconds
    requested_seconds: Seconds = 0


class SettleIn(Body):
    """How long the call lasted, and when it ended; with `call`, also one that was never authorized."""

    number: Number
    seconds: Seconds
    ended_at: AwareDatetime
    call: CallIn | None = None


class ReleaseIn(Body):
    """The call did not take place."""

    number: Number


class AnswerOut(Schema):
    """Yes or no. `granted_seconds` counts from the answer; null: as long as it lasts. `final`: no more will come.

    A no has a `reason`: `580406` no credit, `580462` no Communications Credits, `580464` no licence, `no_rate`,
    `spend_limit`, `destination_blocked`, `dial_out_policy`.
    """

    allowed: bool
    reason: str
    per_minute: str
    connection_fee: str
    currency: str
    country: str
    granted_seconds: int | None
    covered_seconds: int
    charged_seconds: int
    held: str
    expires_at: datetime | None
    final: bool


class SettledOut(Schema):
    """What became of the call. `record` is its usage record; `waiting`: no deck is published for its day yet."""

    state: str
    seconds: int
    minutes: int
    covered_minutes: int
    charge: str
    currency: str
    record: int


class ReleasedOut(Schema):
    """The state of the session now."""

    state: str


@router.post("", response={200: AnswerOut, **PROBLEMS}, operation_id="authorize", summary="May a call begin?")
def authorize(request: KeyRequest, body: AuthorizeIn) -> AnswerOut:
    """Yes, with what it may use, or no, with the reason. Both are answered with 200: a no is no error."""
    with _named_errors():
        asked = Request(**body.dict())
        return _answer(authorizing.authorize(request.auth.organization, asked, now=timezone.now()))


@router.post("/{session}/update", response={200: AnswerOut, **PROBLEMS}, operation_id="update", summary="May it go on?")
def update(request: KeyRequest, session: InPath, body: UpdateIn) -> AnswerOut:
    """More time for a running call; its grant ends unless it is renewed."""
    with _named_errors():
        found = authorizing.update(
            request.auth.organization,
            session,
            body.number,
            used_seconds=body.used_seconds,
            requested_seconds=body.requested_seconds,
            now=timezone.now(),
        )
        return _answer(found)


@router.post("/{session}/settle", response={200: SettledOut, **PROBLEMS}, operation_id="settle", summary="It has ended")
def settle(request: KeyRequest, session: InPath, body: SettleIn) -> SettledOut:
    """Charge what was used, once. A finished call is always charged, also when its grant has ended meanwhile."""
    with _named_errors():
        unasked = body.call
        call = None if unasked is None else Request(session=session, number=body.number, **unasked.dict())
        found = authorizing.settle(
            request.auth.organization,
            session,
            body.number,
            seconds=body.seconds,
            ended_at=body.ended_at,
            call=call,
            now=timezone.now(),
        )
        return _settled(found)


@router.post(
    "/{session}/release", response={200: ReleasedOut, **PROBLEMS}, operation_id="release", summary="It never began"
)
def release(request: KeyRequest, session: InPath, body: ReleaseIn) -> ReleasedOut:
    """Let go of what was kept for the call."""
    with _named_errors():
        found = authorizing.release(request.auth.organization, session, body.number, now=timezone.now())
        return ReleasedOut(state=found.state)


@contextmanager
def _named_errors() -> Iterator[None]:
    """What the rules refuse by name, as problems."""
    try:
        yield
    except authorizing.Unsound as error:
        raise Refusal(422, "unsound", "The request cannot be understood", str(error)) from error
    except authorizing.UnknownSession as error:
        raise Refusal(404, "unknown_session", "No call was authorized under this name") from error
    except authorizing.Conflict as error:
        detail = "Send the same body again, or count the request number up."
        raise Refusal(409, "conflict", "This request number is known with another body", detail) from error
    except authorizing.OutOfOrder as error:
        raise Refusal(409, "out_of_order", "A later request of this session has been answered") from error
    except authorizing.SessionOver as error:
        raise Refusal(409, "session_over", "The session is over") from error


def _answer(found: Answer) -> AnswerOut:
    return AnswerOut(
        allowed=found.allowed,
        reason=found.reason,
        per_minute=f"{found.per_minute:f}",
        connection_fee=f"{found.connection_fee:f}",
        currency=found.currency,
        country=found.country,
        granted_seconds=found.granted_seconds,
        covered_seconds=found.covered_seconds,
        charged_seconds=found.charged_seconds,
        held=f"{found.held:f}",
        expires_at=found.expires_at,
        final=found.final,
    )


def _settled(found: Settled) -> SettledOut:
    return SettledOut(
        state=found.state,
        seconds=found.seconds,
        minutes=found.minutes,
        covered_minutes=found.covered_minutes,
        charge=f"{found.charge:f}",
        currency=found.currency,
        record=found.record,
    )
