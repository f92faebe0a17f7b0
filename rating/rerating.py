"""Judge the calls of whole months once more, in the order in which they were charged, and book what differs.

The order is (charged at, start time, usage id), and the pools begin unused: with the decks and licences that charged
the calls nothing differs. Why differences, and not all anew: docs/decisions/0025.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple

from credits import accounts
from credits.models import Account
from rating import rebooking
from rating.models import CallSession, PoolUse, Rerating, UsageRecord
from rating.models.usage import UsageRecordQuerySet
from rating.rebooking import Change
from rating.verdicts import Bench, Verdict
from subscriptions import activity, periods
from subscriptions.models import User

#: So many calls are judged and booked at a time: what is kept in memory does not grow with the months.
_STEP: Final = 2_500
_WAITING: Final = UsageRecord.State.WAITING


class BadMonths(ValueError):
    """The last month comes before the first, or one is not named by its first day."""


class NoReason(ValueError):
    """A re-rating is booked with its reason, always."""


class DeckMissing(Exception):
    """For calls that were charged once no deck is published any more; nothing was changed. `calls` says how many."""

    def __init__(self, calls: int) -> None:
        super().__init__(f"{calls} calls have no deck for their day; publish one first")
        self.calls = calls


class Outcome(NamedTuple):
    """What became of a call: state, cost, the rate (its id), billed minutes, how many of these which pools covered."""

    state: str
    charge: Decimal
    rate: int | None
    minutes: int
    covered: int
    covered_by: str
    country: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One call that would not end as it did."""

    record: int
    usage_id: str
    started_at: datetime
    before: Outcome
    after: Outcome


@dataclass(slots=True)
class Preview:
    """What a re-rating would change. Totals are of all calls of the months, in the account's currency.

    `differences` are the first ones in the order of charging, `different` counts all. `waiting` calls are charged in
    their turn and left alone; while any call is `without_deck` nothing can be applied. `through_sessions` were
    authorized before they began: minutes that others kept at that time are not remembered, so such a call, or one
    beside it, may be covered now.
    """

    first_month: date
    last_month: date
    differences: list[Difference]
    calls: int = 0
    different: int = 0
    total_before: Decimal = Decimal(0)
    total_after: Decimal = Decimal(0)
    waiting: int = 0
    without_deck: int = 0
    through_sessions: int = 0

    @property
    def difference(self) -> Decimal:
        """What all calls would cost more (above zero) or less."""
        return self.total_after - self.total_before


def preview(
    account: Account, first_month: date, last_month: date, *, now: datetime, limit: int | None = None
) -> Preview:
    """What `apply` would change, without changing anything; with a limit only so many differences are kept.

    Months by their first day, both included, UTC. 100,000 calls take ten seconds. Raises BadMonths.
    """
    replay = _Replay(account, first_month, last_month, limit=limit)
    for _ in replay.steps():
        pass
    return replay.counted()


def apply(
    account: Account, first_month: date, last_month: date, *, why: str, actor: User | None, now: datetime
) -> Rerating | None:
    """Book what differs: records, pools, a line for each call, and journals that give back or take the difference.

    One transaction under the account's lock, all or nothing; 100,000 calls keep it for half a minute. None when
    nothing differs, as on the second time.
    Raises BadMonths, NoReason, DeckMissing, NothingToCorrect (of a charge that was given back by hand).
    """
    if not why.strip():
        raise NoReason
    with accounts.changing(account.pk, now=now) as locked:
        replay = _Replay(locked, first_month, last_month, limit=0)
        rerating: Rerating | None = None
        for changes in replay.steps():
            if changes:
                rerating = rerating or _begin(locked, replay, why=why, actor=actor, now=now)
                rebooking.book(locked, rerating, changes, now=now)
        found = replay.counted()
        if found.without_deck:
            raise DeckMissing(found.without_deck)
        if rerating is not None:
            _store_pools(locked, replay)
            _tell(rerating, found, actor=actor, now=now)
    return rerating


def _begin(account: Account, replay: "_Replay", *, why: str, actor: User | None, now: datetime) -> Rerating:
    first, last = replay.months[0], replay.months[-1]
    return Rerating.objects.create(
        organization=account.organization, first_month=first, last_month=last, why=why.strip()[:200], at=now, by=actor
    )


def _tell(rerating: Rerating, found: Preview, *, actor: User | None, now: datetime) -> None:
    months = {f"{month:%Y-%m}": None for month in (rerating.first_month, rerating.last_month)}
    activity.record(
        rerating.organization,
        "usage.rerated",
        now=now,
        actor=actor,
        months=" – ".join(months),
        calls=found.different,
        amount=str(found.difference),
        why=rerating.why,
    )


def _store_pools(account: Account, replay: "_Replay") -> None:
    """The pools of those months are used as the replay has used them; minutes kept for live calls stay kept."""
    stored = PoolUse.objects.filter(organization=account.organization_id, month__in=replay.months)
    kept = {(use.month, use.pool): use for use in stored}
    for key in kept.keys() | replay.used.keys():
        use = kept.get(key) or PoolUse(organization=account.organization, month=key[0], pool=key[1])
        if use.used != replay.used[key]:
            use.used = replay.used[key]
            use.save()


class _Replay:
    """One walk over the charged calls of some months, from empty pools; afterwards `used` and `counted()`."""

    def __init__(self, account: Account, first_month: date, last_month: date, *, limit: int | None) -> None:
        self.account = account
        self.months = _months(first_month, last_month)
        self.used: Counter[tuple[date, str]] = Counter()
        self._limit = limit
        self._found = Preview(first_month, last_month, [])

    def steps(self) -> Iterator[list[Change]]:
        """The changes among so many calls at a time; the records still are what they were."""
        charged = self._records().exclude(state=_WAITING).select_related("subscriber")
        rows = charged.order_by("charged_at", "started_at", "usage_id").iterator(chunk_size=_STEP)
        while records := list(islice(rows, _STEP)):
            yield self._judge(records)

    def counted(self) -> Preview:
        """What the walk has found."""
        self._found.waiting = self._records().filter(state=_WAITING).count()
        self._found.through_sessions = CallSession.objects.filter(record__in=self._records().values("pk")).count()
        return self._found

    def _records(self) -> UsageRecordQuerySet:
        since = datetime.combine(self.months[0], time.min, tzinfo=UTC)
        until = datetime.combine(periods.add_months(self.months[-1], 1), time.min, tzinfo=UTC)
        organization = self.account.organization_id
        return UsageRecord.objects.filter(organization=organization, started_at__gte=since, started_at__lt=until)

    def _judge(self, records: list[UsageRecord]) -> list[Change]:
        subscribers = {record.subscriber_id for record in records if record.subscriber_id}
        bench = Bench(self.account, months=self.months, subscriber_ids=subscribers, used=self.used)
        changes = []
        for record in records:
            verdict = bench.verdict(record)
            if verdict is None:
                self._found.without_deck += 1
            elif self._count(record, verdict):
                changes.append(Change(record, verdict))
        self.used = Counter(bench.used)
        return changes

    def _count(self, record: UsageRecord, verdict: Verdict) -> bool:
        """Add the call to the totals; answers if it differs."""
        before, after = _before(record), _after(verdict)
        found = self._found
        found.calls += 1
        found.total_before += before.charge
        found.total_after += after.charge
        if not _differs(before, after):
            return False
        found.different += 1
        if self._limit is None or len(found.differences) < self._limit:
            found.differences.append(Difference(record.pk, record.usage_id, record.started_at, before, after))
        return True


def _before(record: UsageRecord) -> Outcome:
    return Outcome(
        record.state,
        record.charge,
        record.rate_id,
        record.minutes,
        record.covered_minutes,
        record.covered_by,
        record.country,
    )


def _after(verdict: Verdict) -> Outcome:
    return Outcome(
        verdict.state,
        verdict.charge,
        verdict.rate_id,
        verdict.minutes,
        verdict.covered,
        verdict.covered_by,
        verdict.country,
    )


def _differs(before: Outcome, after: Outcome) -> bool:
    """If anything that counts is another. The same price by another row of another deck is none; nor is it one that a
    call charged before pools were written down does not say which covered it."""
    same_pools = before.covered_by in ("", after.covered_by)
    return not same_pools or before._replace(rate=None, covered_by="") != after._replace(rate=None, covered_by="")


def _months(first: date, last: date) -> list[date]:
    if first > last or {first.day, last.day} != {1}:
        raise BadMonths(f"{first} to {last}")
    months = [first]
    while months[-1] < last:
        months.append(periods.add_months(months[-1], 1))
    return months
