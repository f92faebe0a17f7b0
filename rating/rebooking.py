"""Write down that calls ended otherwise than they did: their lines, records, and the money between the two."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import QuerySet, Sum

from credits import ledger
from credits.ledger import Correction
from credits.models import Account, Journal
from rating import charging, rollups
from rating.models import RerateLine, Rerating, UsageRecord
from rating.verdicts import Verdict
from subscriptions import money

#: When it was charged stays: that is its place in order.
_STORE: Final = charging.update_of(charging.OUTCOME)


@dataclass(frozen=True, slots=True)
class Change:
    """A call as it was charged, and what becomes of it now."""

    record: UsageRecord
    verdict: Verdict

    @property
    def micros(self) -> int:
        """What it costs more now (above zero) or less, in millionths."""
        return self.verdict.micros - money.to_micros(self.record.charge)


def book(account: Account, rerating: Rerating, changes: Sequence[Change], *, now: datetime) -> None:
    """Write the changes of a re-rating. Under the account's lock; first what is given back, then what is taken.

    Journals are keyed `rerate:<re-rating>:<call>`, so that each is booked once. A call that had none yet gets its own
    under `usage:<call>`. Raises NothingToCorrect.
    """
    journals = _give_back(account, rerating, [change for change in changes if change.micros < 0], now=now)
    # What has become free pays old debts before anything else may take it.
    ledger.settle_overdraft(account, now=now)
    journals |= _take(account, rerating, [change for change in changes if change.micros > 0], now=now)
    RerateLine.objects.bulk_create(
        RerateLine(
            rerating=rerating,
            record=change.record,
            journal_id=journals.get(change.record.pk),
            state_before=change.record.state,
            charge_before=change.record.charge,
            rate_before_id=change.record.rate_id,
            state_after=change.verdict.state,
            charge_after=change.verdict.charge,
            rate_after_id=change.verdict.rate_id,
        )
        for change in changes
    )
    calls = [change.record.pk for change in changes]
    rollups.take_out(account.organization_id, calls)
    _store(changes, journals)
    rollups.add(account.organization_id, calls)


def _take(account: Account, rerating: Rerating, changes: Sequence[Change], *, now: datetime) -> dict[int, int]:
    """Charge what the calls cost more; the journals by call."""
    keys = [_key(rerating, change.record) if change.record.journal_id else _own(change.record) for change in changes]
    amounts = [change.micros for change in changes]
    whys = [f"{change.record.call_type} {change.verdict.country}" for change in changes]
    made = ledger.debit_many(account, keys, amounts, whys, now=now)
    return {change.record.pk: journal for change, journal in zip(changes, made, strict=True)}


def _give_back(account: Account, rerating: Rerating, changes: Sequence[Change], *, now: datetime) -> dict[int, int]:
    """Give back what the calls cost less; by call the journal that gave back the first part, nearly always the only.

    What a call cost may have been taken by several journals, one for each re-rating that made it dearer: the latest
    gives back first. Keys of further parts end with their number.
    """
    charges = _charges([change.record for change in changes])
    taken = _still_taken([journal for several in charges.values() if len(several) > 1 for journal in several])
    corrections: dict[str, Correction] = {}
    for change in changes:
        due, key = -change.micros, _key(rerating, change.record)
        for number, journal in enumerate(charges[change.record.pk], 1):
            part = min(due, taken.get(journal, due))
            if part:
                name = f"{key}:{number}" if key in corrections else key
                corrections[name] = Correction(journal, part, name, rerating.why)
                due -= part
        if due:
            raise ledger.NothingToCorrect
    made = ledger.correct_many(account, list(corrections.values()), now=now, actor=rerating.by)
    by_key = dict(zip(corrections, made, strict=True))
    return {change.record.pk: by_key[_key(rerating, change.record)] for change in changes}


def _charges(records: Sequence[UsageRecord]) -> dict[int, list[int]]:
    """The journals that have charged each call, the latest first."""
    found = {record.pk: {record.journal_id} - {None} for record in records}
    dearer = RerateLine.objects.filter(record__in=found, journal__kind=Journal.Kind.USAGE)
    for record, journal in dearer.values_list("record_id", "journal_id"):
        found[record].add(journal)
    return {record: sorted(filter(None, journals), reverse=True) for record, journals in found.items()}


def _still_taken(journals: Sequence[int]) -> dict[int, int]:
    """What these charges have taken and not given back, in millionths."""
    taken = {pk: -money.to_micros(moved) for pk, moved in _movements(Journal.objects.filter(pk__in=journals), "pk")}
    given = Journal.objects.filter(origin__in=journals, kind=Journal.Kind.CORRECTION)
    for journal, moved in _movements(given, "origin_id"):
        taken[journal] -= money.to_micros(moved)
    return taken


def _movements(journals: QuerySet[Journal], by: str) -> Iterable[tuple[int, Decimal]]:
    return journals.order_by().values_list(by).annotate(Sum("movement"))


def _store(changes: Sequence[Change], journals: Mapping[int, int]) -> None:
    rows = [
        (
            change.record.pk,
            str(change.verdict.state),
            change.verdict.minutes,
            change.verdict.covered,
            change.verdict.covered_by,
            change.verdict.country,
            change.verdict.rate_id,
            change.verdict.charge,
            # A call keeps the journal that charged it first, whatever gave it back.
            change.record.journal_id or journals.get(change.record.pk),
            change.verdict.unlicensed,
            change.verdict.licence_differs,
        )
        for change in changes
    ]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [list(column) for column in zip(*rows, strict=True)])


def _key(rerating: Rerating, record: UsageRecord) -> str:
    return f"rerate:{rerating.pk}:{record.pk}"


def _own(record: UsageRecord) -> str:
    return f"usage:{record.pk}"
