"""Before a call: may it begin, and how long may it last?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from credits import holds, statements
from credits.models import Account
from rating import numbers
from rating.authorizing import asking, emergencies, permitting, reading, storing
from rating.authorizing.asking import Answer, Conflict, Request, Unsound
from rating.authorizing.granting import Call, Grant, Granter, Minutes
from rating.authorizing.locking import account_id, account_of, answered_before
from rating.authorizing.reading import Asked, Facts
from rating.authorizing.storing import Asking, Kept, Kind
from rating.calls import Kind as CallKind
from rating.pricelists import PriceLists
from subscriptions import money, periods
from subscriptions.models import Organization

#: A call that costs nothing needs no renewal; its session is swept away after so long, and can be settled even then.
FREE_FOR: Final = timedelta(days=1)
#: The sweep of sessions lets go of their holds. Should it not run, the sweep of holds does so, that much later.
HOLD_BEYOND: Final = timedelta(hours=1)
#: A call begins about now.
_AHEAD: Final = timedelta(minutes=5)
_LONG_AGO: Final = timedelta(days=1)


def authorize(organization: Organization, request: Request, *, now: datetime) -> Answer:
    """May this call begin? Yes with what it may use, or no with the reason, which the blocked-calls report keeps.

    Emergency calls may, before anything else is asked. The same request again has the same answer, once the first is
    given. Raises Unsound, Conflict (the number said something else before, or the session is known), OutOfOrder.
    """
    if emergencies.is_emergency(request, organization):
        return asking.EMERGENCY
    call = sound(request, organization, now=now)
    asked = Asking(
        organization.pk, request.session, request.number, Kind.AUTHORIZE, asking.fingerprint(Kind.AUTHORIZE, request)
    )
    read_for = Asked(
        request.session,
        request.number,
        request.started_at,
        call.destination,
        object_id=request.object_id,
        upn=request.upn,
    )
    question = reading.question(account_id(organization, now=now), organization.pk, read_for, now=now)
    with account_of(organization, now=now, also=[question]) as account:
        facts = reading.read(question)
        known = answered_before(asked, facts.earlier, facts.last_number)
        if known is not None:
            return asking.read(known)
        if facts.has_session:
            raise Conflict("this session is known; a new call needs a new one")
        return _Beginning(account, asked, request, call, facts, now).answer()


def sound(request: Request, organization: Organization, *, now: datetime) -> Call:
    """The call that is asked for, its destination as numbers are kept here. Raises Unsound."""
    request.check()
    if not -_LONG_AGO <= request.started_at - now <= _AHEAD:
        raise Unsound("a call is authorized when it begins: at most a day later, or five minutes before")
    return call_of(request, organization)


def call_of(request: Request, organization: Organization) -> Call:
    """The same, of a call that may be long over. National numbers are read in the organization's country."""
    try:
        destination = numbers.parse(request.destination, organization.country) if request.destination else ""
    except numbers.NotANumber as error:
        raise Unsound(f"destination: {error}") from error
    return Call(request.call_type, request.number_type, destination, request.started_at)


@dataclass(slots=True)
class _Beginning:
    """One new call under the account's lock."""

    account: Account
    asked: Asking
    request: Request
    call: Call
    facts: Facts
    now: datetime

    def answer(self) -> Answer:
        if self.call.kind is CallKind.FREE:
            return self._allow_free()
        organization, person = self.account.organization, self.facts.person
        minutes = Minutes(organization, person, month=periods.utc_month(self.call.started_at))
        granter = Granter(self.call, PriceLists(self.account, self.facts.decks), minutes, self.facts)
        reason = permitting.refusal(
            self.call.kind,
            is_blocked=self.facts.is_blocked,
            calls=self.facts.calls,
            conferences=self.facts.conferences,
            location=person.usage_location if person else "",
            country=granter.country,
            has_rate=granter.rate is not None,
        )
        if reason:
            return self._refuse(reason)
        most: int = settings.CALL_GRANT_SECONDS
        wanted = min(self.request.requested_seconds or most, most)
        grant = granter.grant(wanted, credit=self._credit)
        return self._allow(granter, grant) if grant.seconds else self._refuse(grant.reason)

    def _credit(self) -> int:
        return sum(lot.micros for lot in self.facts.free) - money.to_micros(self.account.overdraft)

    def _allow_free(self) -> Answer:
        answer = Answer(allowed=True, currency=self.account.currency, granted_seconds=None)
        self._open(answer, Kept(Grant(0), None, until=max(self.now, self.call.started_at) + FREE_FOR))
        return answer

    def _allow(self, granter: Granter, grant: Grant) -> Answer:
        until = ends_at(max(self.now, self.call.started_at), grant.seconds)
        granter.store()
        answer = answer_of(granter, grant, currency=self.account.currency, held=grant.micros, until=until)
        self._open(answer, Kept(grant, granter.rate_id, until))
        return answer

    def _open(self, answer: Answer, kept: Kept) -> None:
        """The hold, if credit is to be kept, and the session that names it, in one trip."""
        key = f"session:{self.asked.session}" if kept.grant.micros else None
        person = self.facts.person
        opening = storing.to_open(
            self.asked,
            answer,
            self.call,
            kept,
            hold=(self.account.pk, key),
            caller=self.request.caller,
            subscriber_id=person.pk if person else None,
            now=self.now,
        )
        keeping = [self._to_keep(key, kept)] if key else []
        statements.ask(*keeping, opening)

    def _to_keep(self, key: str, kept: Kept) -> statements.Question:
        until = kept.until + HOLD_BEYOND
        return holds.to_keep(self.account, key, kept.grant.micros, self.facts.free, until=until, now=self.now)

    def _refuse(self, reason: str) -> Answer:
        answer = Answer(allowed=False, reason=reason, currency=self.account.currency)
        person = self.facts.person
        storing.refused(
            self.asked,
            answer,
            self.call,
            caller=self.request.caller,
            subscriber_id=person.pk if person else None,
            now=self.now,
        )
        return answer


def ends_at(begins: datetime, seconds: int) -> datetime:
    """When a grant of so many more seconds is over unless it is renewed: a little later than the seconds are."""
    return begins + timedelta(seconds=seconds + settings.CALL_GRANT_MARGIN_SECONDS)


def answer_of(granter: Granter, grant: Grant, *, currency: str, held: int, until: datetime) -> Answer:
    """Yes, with what the grant keeps; `held` are all the millionths that the call holds."""
    per_minute, connection_fee = granter.said()
    return Answer(
        allowed=True,
        reason=grant.reason,
        per_minute=per_minute,
        connection_fee=connection_fee,
        currency=currency,
        country=granter.country,
        granted_seconds=grant.seconds,
        covered_seconds=grant.covered_seconds,
        charged_seconds=grant.seconds - grant.covered_seconds,
        held=money.from_micros(held),
        expires_at=until,
        final=grant.reason != "",
    )
