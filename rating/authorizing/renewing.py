"""During a call: may it go on, and how long?"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from credits import holds
from credits.models import Account, Hold
from rating.authorizing import asking, reading, storing
from rating.authorizing.asking import Answer, SessionOver, UnknownSession
from rating.authorizing.granting import Call, Grant, Granter, Minutes
from rating.authorizing.locking import account_of, answered_before
from rating.authorizing.reading import Asked, Facts
from rating.authorizing.starting import HOLD_BEYOND, answer_of, ends_at
from rating.authorizing.storing import Asking, Kept, Kind
from rating.calls import Kind as CallKind
from rating.models import BlockedCall, CallSession
from rating.pricelists import PriceLists
from subscriptions import money, periods
from subscriptions.models import Organization


def update(
    organization: Organization,
    session: str,
    number: int,
    *,
    used_seconds: int,
    requested_seconds: int = 0,
    now: datetime,
) -> Answer:
    """So many seconds of the call are used, since its answer in all; may it go on for so many more?

    The hold becomes the price of everything so far and of what is granted. `final`: what is granted is the last;
    not allowed: nothing is left of it. Either may change when money comes in or minutes are given back, so asking
    again later is worth it. Whom may call where is not asked again. The same request again has the same answer.
    Raises Unsound, Conflict, OutOfOrder, UnknownSession, SessionOver.
    """
    asking.check_place(session, number)
    asking.check_seconds(used_seconds=used_seconds, requested_seconds=requested_seconds)
    body = {"used_seconds": used_seconds, "requested_seconds": requested_seconds}
    asked = Asking(organization.pk, session, number, Kind.UPDATE, asking.fingerprint(Kind.UPDATE, body))
    with account_of(organization, now=now) as account:
        found = live(account, session)
        facts = reading.of(
            account, Asked(session, number, found.started_at, subscriber_id=found.subscriber_id), now=now
        )
        known = answered_before(asked, facts.earlier, facts.last_number)
        if known is not None:
            return asking.read(known)
        if found.state != CallSession.State.LIVE:
            raise SessionOver(f"this session is {found.state}")
        return _Renewing(account, asked, found, facts, now).answer(used_seconds, requested_seconds)


def live(account: Account, key: str) -> CallSession:
    """The session with its hold, in whatever state. Raises UnknownSession."""
    sessions = CallSession.objects.filter(organization_id=account.organization_id, key=key)
    found = sessions.select_related("hold", "subscriber").first()
    if found is None:
        raise UnknownSession(key)
    return found


@dataclass(slots=True)
class _Renewing:
    """One call that goes on, under the account's lock."""

    account: Account
    asked: Asking
    session: CallSession
    facts: Facts
    now: datetime

    def answer(self, used: int, requested: int) -> Answer:
        found = self.session
        call = Call(found.call_type, found.number_type, found.destination, found.started_at)
        if call.kind is CallKind.FREE:
            return self._go_on_free()
        minutes = Minutes(self.account.organization, self.facts.person, month=periods.utc_month(call.started_at))
        granter = Granter(call, PriceLists(self.account, self.facts.decks), minutes, self.facts)
        if granter.rate is None:
            # Its deck was withdrawn meanwhile.
            return self._nothing_more(BlockedCall.Reason.NO_RATE)
        most: int = settings.CALL_GRANT_SECONDS
        storing.given_back(found)
        grant = granter.grant(max(used + min(requested or most, most), 1), credit=self._credit, own=self._own)
        granter.store()
        return self._renew(granter, grant, used)

    @property
    def _hold(self) -> Hold | None:
        hold = self.session.hold
        return hold if hold is not None and hold.state == Hold.State.LIVE else None

    @property
    def _own(self) -> int:
        return money.to_micros(self._hold.amount) if self._hold else 0

    def _credit(self) -> int:
        return sum(lot.micros for lot in self.facts.free) - money.to_micros(self.account.overdraft)

    def _go_on_free(self) -> Answer:
        answer = Answer(allowed=True, currency=self.account.currency, granted_seconds=None)
        kept = Kept(Grant(0), None, until=self.session.expires_at)
        storing.renewed(self.asked, answer, self.session.pk, kept, hold_id=None, now=self.now)
        return answer

    def _renew(self, granter: Granter, grant: Grant, used: int) -> Answer:
        goes_on = grant.seconds > used
        until = ends_at(self.now, grant.seconds - used) if goes_on else self.session.expires_at
        hold_id, held = self._keep(grant.micros, until)
        answer = answer_of(granter, grant, currency=self.account.currency, held=held, until=until)
        answer = answer if goes_on else replace(answer, allowed=False)
        kept = Kept(grant, granter.rate_id, until)
        storing.renewed(self.asked, answer, self.session.pk, kept, hold_id=hold_id, now=self.now)
        return answer

    def _keep(self, micros: int, until: datetime) -> tuple[int | None, int]:
        """The call's hold, made to keep so much at least, and what it keeps."""
        beyond = until + HOLD_BEYOND
        if self._hold is not None:
            holds.keep_more(self.account, self._hold, micros, self.facts.free, until=beyond)
            return self._hold.pk, self._own
        if not micros:
            return self.session.hold_id, 0
        key = f"session:{self.asked.session}:{self.asked.number}"
        return holds.keep(self.account, key, micros, self.facts.free, until=beyond, now=self.now), micros

    def _nothing_more(self, reason: str) -> Answer:
        found = self.session
        answer = Answer(
            allowed=False,
            reason=reason,
            currency=self.account.currency,
            granted_seconds=found.granted_seconds,
            held=money.from_micros(self._own),
            expires_at=found.expires_at,
            final=True,
        )
        storing.answered(self.asked, answer, now=self.now)
        return answer
