"""Write what was answered: a request with its answer, and with it the session, or the refusal. One statement each."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from credits import statements
from rating.authorizing import asking
from rating.authorizing.asking import Answer, Released, Settled
from rating.authorizing.granting import Call, Grant
from rating.models import CallRequest, CallSession
from rating.pools import Parts
from subscriptions import periods

Kind = CallRequest.Kind

_REQUEST: Final = """
    INSERT INTO rating_callrequest (organization_id, session_key, number, kind, body_hash, answer, at)
    VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s)"""
_SESSION: Final = f"""
    WITH request AS ({_REQUEST})
    INSERT INTO rating_callsession (organization_id, key, state, subscriber_id, call_type, number_type, caller,
                                    destination, country, rate_id, minutes, hold_id, granted_seconds, started_at,
                                    expires_at)
    VALUES (%s, %s, 'live', %s, %s, %s, %s, %s, %s, %s, %s::jsonb,
            (SELECT id FROM credits_hold WHERE account_id = %s AND key = %s), %s, %s, %s)"""  # noqa: S608  # our own words
_RENEWED: Final = f"""
    WITH request AS ({_REQUEST})
    UPDATE rating_callsession
       SET rate_id = %s, minutes = %s::jsonb, hold_id = %s, granted_seconds = %s, expires_at = %s
     WHERE id = %s"""  # noqa: S608  # our own words
_BLOCKED: Final = f"""
    WITH request AS ({_REQUEST})
    INSERT INTO rating_blockedcall (organization_id, subscriber_id, session_key, call_type, caller, destination,
                                    reason, at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""  # noqa: S608  # our own words

_GIVEN_BACK: Final = """
    UPDATE rating_pooluse AS pool SET held = pool.held - kept.minutes::integer
      FROM jsonb_each_text(%s::jsonb) AS kept(name, minutes)
     WHERE pool.organization_id = %s AND pool.month = %s::date AND pool.pool = kept.name"""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as it is remembered: whose, which session, its number, its kind and what it said."""

    organization_id: int
    session: str
    number: int
    kind: str
    body_hash: str

    def arguments(self, answer: Answer | Settled | Released, now: datetime) -> list[statements.Argument]:
        """What the first VALUES of each statement takes."""
        facts: list[statements.Argument] = [self.organization_id, self.session, self.number, self.kind, self.body_hash]
        return [*facts, asking.kept(answer), now]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a session keeps, and until when."""

    grant: Grant
    rate_id: int | None
    until: datetime


def answered(asked: Asking, answer: Answer | Settled | Released, *, now: datetime) -> None:
    """The request with its answer."""
    statements.rows(_REQUEST, asked.arguments(answer, now))


def to_open(
    asked: Asking,
    answer: Answer,
    call: Call,
    kept: Kept,
    *,
    hold: tuple[int, str | None],
    caller: str,
    subscriber_id: int | None,
    now: datetime,
) -> statements.Question:
    """A new session, with the hold of that account and key if any, and the request that opened it: to be asked."""
    return statements.Question(
        _SESSION,
        [
            *asked.arguments(answer, now),
            asked.organization_id,
            asked.session,
            subscriber_id,
            call.call_type,
            call.number_type,
            caller,
            call.destination,
            answer.country,
            kept.rate_id,
            _minutes(kept.grant.parts),
            *hold,
            kept.grant.seconds,
            call.started_at,
            kept.until,
        ],
    )


def renewed(asked: Asking, answer: Answer, session_id: int, kept: Kept, *, hold_id: int | None, now: datetime) -> None:
    """What the session keeps from now on, and the request that asked for it."""
    grant = kept.grant
    values = [kept.rate_id, _minutes(grant.parts), hold_id, grant.seconds, kept.until, session_id]
    statements.rows(_RENEWED, [*asked.arguments(answer, now), *values])


def refused(
    asked: Asking, answer: Answer, call: Call, *, caller: str, subscriber_id: int | None, now: datetime
) -> None:
    """A line of the blocked-calls report, and the request that was refused."""
    values = [asked.organization_id, subscriber_id, asked.session, call.call_type, caller, call.destination]
    statements.rows(_BLOCKED, [*asked.arguments(answer, now), *values, answer.reason, now])


def given_back(session: CallSession) -> None:
    """Free the minutes that the session kept, before it is judged or granted anew. Under the account's lock."""
    if session.minutes:
        month = periods.utc_month(session.started_at)
        statements.rows(_GIVEN_BACK, [json.dumps(session.minutes), session.organization_id, str(month)])


def _minutes(parts: Parts) -> str:
    return json.dumps(dict(parts))
