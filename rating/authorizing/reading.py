"""All that an answer depends on besides credit, minutes and rates: one statement, asked under the account's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from credits import statements
from credits.ledger import lots
from credits.models import Account
from credits.spending import Free
from rating.allotments import Held
from rating.decks import Shelf
from rating.models import DialOutPolicy
from subscriptions import periods

_NO_POLICY: Final = (DialOutPolicy.Conferences.ANY, DialOutPolicy.Calls.ANY)
#: The earlier request of that number, the last number, the session, the subscriber with licences, and what limits them.
#: Numbers in JSON are whole ones.
_READ: Final = """
WITH asked AS (
    SELECT %s::bigint AS organization_id, %s::text AS session_key, %s::integer AS number, %s::bigint AS known_id,
           %s::uuid AS object_id, %s::text AS upn, %s::text AS destination, %s::timestamptz AS month_begins,
           %s::timestamptz AS month_ends
), found AS ({found}
), person AS (
    SELECT id, usage_location, department, mobile FROM subscriptions_subscriber
     WHERE id = (SELECT id FROM found ORDER BY place LIMIT 1)
), limits AS (
    SELECT spend.amount, spend.subscriber_id, spend.department
      FROM rating_spendlimit AS spend JOIN asked USING (organization_id) JOIN person
        ON spend.subscriber_id = person.id OR (spend.department <> '' AND spend.department = person.department)
), spending AS (
    SELECT limits.amount, whose.ids
      FROM limits CROSS JOIN asked CROSS JOIN LATERAL (
        SELECT CASE WHEN limits.subscriber_id IS NOT NULL THEN ARRAY[limits.subscriber_id] ELSE ARRAY(
            SELECT id FROM subscriptions_subscriber AS colleague
             WHERE colleague.organization_id = asked.organization_id AND colleague.department = limits.department) END
               AS ids) AS whose
)
SELECT (SELECT json_build_array(request.body_hash, request.answer)
          FROM rating_callrequest AS request WHERE request.organization_id = asked.organization_id
           AND request.session_key = asked.session_key AND request.number = asked.number),
       (SELECT max(request.number) FROM rating_callrequest AS request
         WHERE request.organization_id = asked.organization_id AND request.session_key = asked.session_key),
       EXISTS (SELECT 1 FROM rating_callsession AS session
                WHERE session.organization_id = asked.organization_id AND session.key = asked.session_key),
       (SELECT row_to_json(person) FROM person),
       (SELECT json_agg(json_build_array(licence.plan_id, plan.code, plan.pooled, licence.assigned_on,
                                         licence.removed_on))
          FROM subscriptions_licence AS licence JOIN subscriptions_plan AS plan ON plan.id = licence.plan_id
         WHERE licence.subscriber_id = (SELECT id FROM person)),
       (SELECT json_build_array(bool_or(brought.domestic > 0), bool_or(brought.international > 0),
                                bool_or(brought.conference > 0))
          FROM subscriptions_licence AS licence
          JOIN subscriptions_planminutes AS brought ON brought.plan_id = licence.plan_id
         WHERE licence.subscriber_id = (SELECT id FROM person)),
       EXISTS (SELECT 1 FROM rating_blockeddestination AS blocked
                WHERE blocked.organization_id = asked.organization_id
                  AND starts_with(asked.destination, blocked.prefix)),
       (SELECT json_build_array(policy.conferences, policy.calls) FROM rating_dialoutpolicy AS policy
         WHERE policy.organization_id = asked.organization_id
           AND (policy.subscriber_id IS NULL OR policy.subscriber_id = (SELECT id FROM person))
         ORDER BY policy.subscriber_id NULLS LAST LIMIT 1),
       (SELECT min(spending.amount
            - coalesce((SELECT sum(record.charge) FROM rating_usagerecord AS record
                         WHERE record.subscriber_id = ANY(spending.ids) AND record.charge > 0
                           AND record.started_at >= asked.month_begins AND record.started_at < asked.month_ends), 0)
            - coalesce((SELECT sum(hold.amount) FROM rating_callsession AS live
                          JOIN credits_hold AS hold ON hold.id = live.hold_id
                         WHERE live.subscriber_id = ANY(spending.ids) AND live.state = 'live' AND hold.state = 'live'
                           AND live.started_at >= asked.month_begins AND live.started_at < asked.month_ends), 0))
          FROM spending),
       coalesce((SELECT bool_or(subscription.state = 'active'
                                AND (subscription.ends_at IS NULL OR subscription.ends_at > %s::timestamptz))
                   FROM subscriptions_subscription AS subscription JOIN subscriptions_plan AS plan
                     ON plan.id = subscription.plan_id
                  WHERE subscription.organization_id = asked.organization_id AND plan.category = 'credits'),
                EXISTS (SELECT 1 FROM credits_lot WHERE account_id = %s)),
       (SELECT json_object_agg(deck.service, deck.id)
          FROM (SELECT DISTINCT ON (service) service, id FROM rating_ratedeck
                 WHERE currency = (SELECT currency FROM credits_account WHERE id = %s)
                   AND published_at IS NOT NULL AND withdrawn_at IS NULL AND effective_on <= %s::date
                 ORDER BY service, effective_on DESC) AS deck),
       {free}
  FROM asked"""
#: Who is asked for, by what names them, in the order in which it counts.
_NAMED: Final = {
    "known": "subscriber.id = asked.known_id",
    "object": "subscriber.object_id = asked.object_id",
    "upn": "subscriber.upn = asked.upn",
}


class Brings(NamedTuple):
    """If there are minutes of each kind at all."""

    domestic: bool = False
    international: bool = False
    conference: bool = False


class OfDay(Shelf):
    """The decks in force on the day of the call, by service."""

    def __init__(self, decks: dict[str, int]) -> None:
        self._in_force = decks

    def in_force(self, service: str, *, on: date) -> int | None:
        return self._in_force.get(service)


@dataclass(frozen=True, slots=True)
class Person:
    """Who calls, or organizes the conference."""

    pk: int
    usage_location: str
    department: str
    mobile: str
    licences: tuple[Held, ...]
    #: If a licence, of any day and place, brings minutes of each kind; if not, nobody need ask how many.
    has_minutes: Brings


@dataclass(frozen=True, slots=True)
class Earlier:
    """The request of that number as it was answered before."""

    body_hash: str
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What to read for: the call's key and number, who, where to and when it began."""

    session: str
    number: int
    started_at: datetime
    destination: str = ""
    subscriber_id: int | None = None
    object_id: UUID | None = None
    upn: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """What the subscriber is named by, what counts most first."""
        given = {"known": self.subscriber_id, "object": self.object_id, "upn": self.upn}
        return tuple(name for name, value in given.items() if value)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database says; `limit_left` is the least that a spend limit leaves in the month of the call, if any.

    What other live calls hold is taken off it, and what this one holds as well. `free`: as `credits.ledger.lots.free`.
    """

    earlier: Earlier | None
    last_number: int | None
    has_session: bool
    person: Person | None
    is_blocked: bool
    conferences: str
    calls: str
    limit_left: Decimal | None
    has_credits: bool
    decks: OfDay
    free: list[Free]


def of(account: Account, asked: Asked, *, now: datetime) -> Facts:
    """Read them, in one statement."""
    reading = question(account.pk, account.organization_id, asked, now=now)
    statements.ask(reading)
    return read(reading)


def question(account_id: int, organization_id: int, asked: Asked, *, now: datetime) -> statements.Question:
    """The statement that reads them; it must be answered under the account's lock."""
    arguments: list[statements.Argument] = [
        organization_id,
        asked.session,
        asked.number,
        asked.subscriber_id,
        str(asked.object_id) if asked.object_id else None,
        asked.upn.lower(),
        asked.destination,
        *month_of(asked.started_at),
        now,
        account_id,
        account_id,
        str(asked.started_at.astimezone(UTC).date()),
        account_id,
        now,
        now,
    ]
    return statements.Question(_statement(asked.named), arguments)


def read(question: statements.Question) -> Facts:
    """The facts that were answered."""
    (found,) = question.found
    earlier, last, has_session, person, licences, minutes, blocked, policy, left, has_credits, decks, free = found
    conferences, calls = policy or _NO_POLICY
    return Facts(
        earlier=Earlier(*earlier) if earlier else None,
        last_number=last,
        has_session=has_session,
        person=_person(person, licences or (), minutes) if person else None,
        is_blocked=blocked,
        conferences=conferences,
        calls=calls,
        limit_left=left,
        has_credits=has_credits,
        decks=OfDay(decks or {}),
        free=lots.read(free),
    )


@cache
def _statement(named: tuple[str, ...]) -> str:
    """One look-up by the index of each name: an OR of them would read all subscribers of a large organization."""
    look_ups = [
        f"""
    SELECT {place} AS place, subscriber.id FROM subscriptions_subscriber AS subscriber JOIN asked
        ON subscriber.organization_id = asked.organization_id AND {_NAMED[name]}"""  # noqa: S608  # our own words
        for place, name in enumerate(named)
    ]
    found = " UNION ALL".join(look_ups) or " SELECT 0 AS place, NULL::bigint AS id"
    return _READ.format(found=found, free=lots.FREE_AS_JSON)


def month_of(instant: datetime) -> tuple[datetime, datetime]:
    """The calendar month (UTC) around the instant, half-open."""
    begins = periods.utc_month(instant)
    return _midnight(begins), _midnight(periods.add_months(begins, 1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _person(person: dict[str, Any], licences: Sequence[Sequence[Any]], has_minutes: Sequence[bool | None]) -> Person:
    held = (Held(*row[:3], *(date.fromisoformat(day) if day else None for day in row[3:])) for row in licences)
    brings = Brings(*map(bool, has_minutes))
    return Person(person["id"], person["usage_location"], person["department"], person["mobile"], tuple(held), brings)
