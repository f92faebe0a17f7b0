"""After a call: charge it once, let go of what it kept; or sweep up what nobody ended."""

from dataclasses import dataclass
from datetime import datetime

from credits import accounts, holds
from credits.models import Account, Hold
from rating import calls, charging, rollups
from rating.authorizing import asking, storing
from rating.authorizing.asking import Conflict, Released, Request, SessionOver, Settled, UnknownSession, Unsound
from rating.authorizing.locking import account_of, look_up
from rating.authorizing.renewing import live
from rating.authorizing.starting import call_of
from rating.authorizing.storing import Asking, Kind
from rating.intake import SOURCE, again, columns
from rating.models import CallSession, UsageRecord
from rating.verdicts import Bench
from subscriptions import periods
from subscriptions.models import Organization, Subscriber


def settle(
    organization: Organization,
    session: str,
    number: int,
    *,
    seconds: int,
    ended_at: datetime,
    call: Request | None = None,
    now: datetime,
) -> Settled:
    """The call is over and lasted so many seconds from its answer: charge it once, and free what it kept beyond.

    A finished call is always booked, also when its grant has lapsed. `call` says what it was; it is needed where no
    session is known, because it was an emergency call, was refused, or began while nobody could be asked. The same
    outcome again, under whatever number, has the same answer. Raises Unsound, Conflict (settled with another outcome),
    OutOfOrder, UnknownSession.
    """
    asking.check_place(session, number)
    asking.check_seconds(seconds=seconds)
    if call is not None:
        call.check()
    if ended_at.tzinfo is None:
        raise Unsound("the end needs a time zone")
    outcome = asking.fingerprint(Kind.SETTLE, {"seconds": seconds, "ended_at": ended_at.isoformat()})
    asked = Asking(organization.pk, session, number, Kind.SETTLE, outcome)
    with account_of(organization, now=now) as account:
        known = look_up(asked)
        if known is not None:
            return asking.read_settled(known)
        found = _found(account, session, call, now=now)
        if found.state == CallSession.State.SETTLED:
            answer = _settled(found, seconds, ended_at, account.currency)
        else:
            answer = _Ending(account, found, now).charge(seconds, ended_at)
        storing.answered(asked, answer, now=now)
        return answer


def release(organization: Organization, session: str, number: int, *, now: datetime) -> Released:
    """The call did not take place: free what it kept. Again, or after its grant has lapsed, changes nothing.

    Raises Unsound, Conflict, OutOfOrder, UnknownSession, SessionOver (it was settled).
    """
    asking.check_place(session, number)
    asked = Asking(organization.pk, session, number, Kind.RELEASE, asking.fingerprint(Kind.RELEASE, {}))
    with account_of(organization, now=now) as account:
        if (known := look_up(asked)) is not None:
            return Released(**known)
        found = live(account, session)
        if found.state == CallSession.State.SETTLED:
            raise SessionOver("this session is settled")
        _Ending(account, found, now).let_go(CallSession.State.RELEASED)
        answer = Released(found.state)
        storing.answered(asked, answer, now=now)
        return answer


def lapse_due(*, now: datetime, limit: int = 500) -> int:
    """Free what calls keep whose grant is over and was not renewed, account by account; answers how many."""
    due = CallSession.objects.lapsed(at=now).order_by("expires_at")
    whose = due.values_list("organization__account", flat=True)
    lapsed = 0
    for account_id in sorted(set(whose[:limit])):
        with accounts.changing(account_id, now=now) as account:
            sessions = CallSession.objects.lapsed(at=now).filter(organization_id=account.organization_id)
            for session in sessions.select_related("hold").order_by("pk"):
                _Ending(account, session, now).let_go(CallSession.State.LAPSED)
                lapsed += 1
    return lapsed


def _found(account: Account, key: str, call: Request | None, *, now: datetime) -> CallSession:
    """The session, or one of the call that nobody had asked for. Raises UnknownSession, Unsound."""
    try:
        return live(account, key)
    except UnknownSession:
        if call is None:
            raise
        if call.session != key:
            raise Unsound("the call is of another session") from None
    facts = call_of(call, account.organization)
    return CallSession.objects.create(
        organization=account.organization,
        key=key,
        subscriber=_subscriber(account.organization, call, now=now),
        call_type=facts.call_type,
        number_type=facts.number_type,
        caller=call.caller,
        destination=facts.destination,
        started_at=facts.started_at,
        expires_at=max(now, facts.started_at),
    )


def _settled(session: CallSession, seconds: int, ended_at: datetime, currency: str) -> Settled:
    """What became of it, asked by another number. Raises Conflict for another outcome."""
    record = session.record
    if record is None:
        raise RuntimeError("a settled session has its record")
    if (record.seconds, record.ended_at) != (seconds, ended_at):
        raise Conflict("this session is settled with other seconds or another end")
    return _answer(record, currency)


def _subscriber(organization: Organization, call: Request, *, now: datetime) -> Subscriber | None:
    """Whom the call names: found by object id, then by UPN; a stranger becomes an unlicensed subscriber."""
    if not calls.belongs_to_subscriber(call.call_type) or not (call.object_id or call.upn):
        return None
    people, upn = organization.subscribers, call.upn.lower()
    found = people.filter(object_id=call.object_id).first() if call.object_id else None
    found = found or (people.filter(upn=upn).first() if upn else None)
    return found or organization.subscribers.create(object_id=call.object_id, upn=upn, created_at=now)


def _answer(record: UsageRecord, currency: str) -> Settled:
    return Settled(
        state=record.state,
        seconds=record.seconds,
        minutes=record.minutes,
        covered_minutes=record.covered_minutes,
        charge=record.charge,
        currency=currency,
        record=record.pk,
    )


@dataclass(slots=True)
class _Ending:
    """One call that ends, under the account's lock."""

    account: Account
    session: CallSession
    now: datetime

    def charge(self, seconds: int, ended_at: datetime) -> Settled:
        """Judge it as any finished call, its own minutes given back first, and settle its hold by the same journal."""
        self._give_back()
        record = self._record(seconds, ended_at)
        bench = Bench(
            self.account,
            months={periods.utc_month(record.started_at)},
            subscriber_ids=[record.subscriber_id] if record.subscriber_id else [],
        )
        verdict = bench.verdict(record)
        hold = self.session.hold
        if verdict is not None:
            charging.write(verdict, record, now=self.now)
            bench.store()
            why = f"{record.call_type} {record.country}"
            key = f"usage:{record.pk}"
            record.journal_id = holds.end(self.account, hold, verdict.micros, booked_as=key, why=why, now=self.now)
            record.save()
            rollups.add(self.account.organization_id, [record.pk])
        elif hold is not None:
            # There is no deck for its day. It waits as any other, and is charged without a hold.
            holds.let_go(self.account, hold, Hold.State.RELEASED, now=self.now)
        self._close(CallSession.State.SETTLED, record)
        return _answer(record, self.account.currency)

    def let_go(self, state: CallSession.State) -> None:
        """Free all that a live session keeps and close it so; any other is left as it is."""
        if self.session.state != CallSession.State.LIVE:
            return
        self._give_back()
        if self.session.hold is not None:
            holds.let_go(self.account, self.session.hold, Hold.State(state), now=self.now)
        self._close(state)

    def _give_back(self) -> None:
        if self.session.state == CallSession.State.LIVE:
            storing.given_back(self.session)

    def _record(self, seconds: int, ended_at: datetime) -> UsageRecord:
        """The record of the call, as a row of the export under this usage id would have brought it."""
        session, person = self.session, self.session.subscriber
        record = UsageRecord(
            organization=self.account.organization,
            source=SOURCE,
            usage_id=columns.canonical_id(session.key),
            subscriber=person,
            call_type=session.call_type,
            number_type=session.number_type,
            caller=session.caller,
            destination=session.destination,
            started_at=session.started_at,
            ended_at=ended_at,
            seconds=seconds,
            received_at=self.now,
            due_at=self.now,
        )
        named = (person.object_id, person.upn) if person else (None, "")
        record.body_hash = again.body_hash(record, currency=self.account.currency, object_id=named[0], upn=named[1])
        same = UsageRecord.objects.filter(organization=record.organization, source=SOURCE, usage_id=record.usage_id)
        if same.exists():
            raise Conflict("the usage export has brought a call under this name")
        record.save(force_insert=True)
        return record

    def _close(self, state: CallSession.State, record: UsageRecord | None = None) -> None:
        self.session.state, self.session.closed_at, self.session.record = state, self.now, record
        self.session.save(update_fields=["state", "closed_at", "record"])
