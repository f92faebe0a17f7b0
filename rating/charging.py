"""Charge calls that wait: judge each in the order of calls, take minutes, then credit; all of a batch or nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from credits import accounts, ledger
from credits.ledger import Charge
from credits.models import Account
from rating import rollups
from rating.models import UsageRecord
from rating.models.usage import UsageRecordQuerySet
from rating.verdicts import Bench, Verdict
from subscriptions import money, periods

#: When a call is tried again for whose day no deck is published. Publishing one tries all of them at once.
NO_DECK_WAIT: Final = timedelta(hours=1)
#: An account with more calls due than this is charged in long batches, so that it catches up.
BACKLOG: Final = 5_000
LONG_BATCH: Final = 2_500
#: From so many charges on COPY is quicker than one statement from arrays.
_COPIED_FROM: Final = 500
#: What charging writes into a record besides when, with the type of each column.
OUTCOME: Final = {
    "id": "bigint",
    "state": "text",
    "minutes": "integer",
    "covered_minutes": "integer",
    "covered_by": "text",
    "country": "text",
    "rate_id": "bigint",
    "charge": "numeric",
    "journal_id": "bigint",
    "unlicensed": "boolean",
    "licence_differs": "boolean",
}


def update_of(columns: Mapping[str, str], *, only: str = "true") -> str:
    """The statement that writes these columns of many records from arrays, one for each column in their order.

    One statement: Django's bulk_update takes ten times as long for a batch of this width.
    """
    return f"""
        UPDATE rating_usagerecord AS record
           SET {", ".join(f"{column} = judged.{column}" for column in columns if column != "id")}
          FROM unnest({", ".join(f"%s::{kind}[]" for kind in columns.values())}) AS judged({", ".join(columns)})
         WHERE record.id = judged.id AND {only}"""  # noqa: S608  # our own names


_WRITTEN: Final = OUTCOME | {"charged_at": "timestamptz"}
_STORE: Final = update_of(_WRITTEN, only="record.state = 'waiting'")


def charge(account: Account, records: UsageRecordQuerySet, *, now: datetime) -> int:
    """Charge those of the records that still wait, in the order the query gives; how many rows moved.

    One transaction under the account's lock: their states, the minutes of the pools, the days and the ledger, all or
    nothing. The query is asked under the lock, so what another worker has just charged is not seen again.
    """
    with accounts.changing(account.pk, now=now) as locked:
        waiting = [record for record in records.select_related("subscriber") if record.state == record.State.WAITING]
        bench = Bench(
            locked,
            months={periods.utc_month(record.started_at) for record in waiting},
            subscriber_ids=[record.subscriber_id for record in waiting if record.subscriber_id],
        )
        judged: list[UsageRecord] = []
        for record in waiting:
            verdict = bench.verdict(record)
            if verdict is not None:
                write(verdict, record, now=now)
                judged.append(record)
        bench.store(now=now)
        _debit(locked, [record for record in judged if record.charge], now=now)
        _store(judged)
        rollups.add(locked.organization_id, [record.pk for record in judged])
        _postpone([record for record in waiting if record.state == record.State.WAITING], now=now)
    return len(waiting)


def write(verdict: Verdict, record: UsageRecord, *, now: datetime) -> None:
    """Put the verdict into the record, in memory; its journal and the database are the caller's."""
    record.state = verdict.state
    record.minutes = verdict.minutes
    record.covered_minutes = verdict.covered
    record.covered_by = verdict.covered_by
    record.country = verdict.country
    record.rate_id = verdict.rate_id
    record.charge = verdict.charge
    record.unlicensed = verdict.unlicensed
    record.licence_differs = verdict.licence_differs
    record.charged_at = now


def _debit(account: Account, records: list[UsageRecord], *, now: datetime) -> None:
    keys = [f"usage:{record.pk}" for record in records]
    amounts = [money.to_micros(record.charge) for record in records]
    whys = [f"{record.call_type} {record.country}" for record in records]
    if len(records) < _COPIED_FROM:
        charges = [Charge(*words) for words in zip(keys, amounts, whys, strict=True)]
        journals = ledger.debit(account, charges, now=now)
    else:
        journals = ledger.debit_many(account, keys, amounts, whys, now=now)
    for record, journal in zip(records, journals, strict=True):
        record.journal_id = journal


def _store(records: list[UsageRecord]) -> None:
    columns = [[getattr(record, column) for record in records] for column in _WRITTEN]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, columns)
        if cursor.rowcount != len(records):
            raise RuntimeError("a record was charged by somebody who did not hold the account's lock")


def _postpone(records: list[UsageRecord], *, now: datetime) -> None:
    if records:
        keys = [record.pk for record in records]
        UsageRecord.objects.filter(pk__in=keys).update(due_at=now + NO_DECK_WAIT)


def charge_due(*, now: datetime, batch: int = 100) -> int:
    """One batch for each account that has calls due, in the order of calls; how many rows moved.

    The calls of an organization without an account wait for one. A long backlog goes in long batches.
    """
    moved = 0
    for account in _accounts_due(now):
        due = UsageRecord.objects.filter(organization_id=account.organization_id).due(at=now).in_order_of_calls()
        size = max(batch, LONG_BATCH) if due[BACKLOG : BACKLOG + 1].exists() else batch
        moved += charge(account, due[:size], now=now)
    return moved


def is_due(*, now: datetime) -> bool:
    """If any call that can be charged is due."""
    return _accounts_due(now).exists()


def _accounts_due(now: datetime) -> QuerySet[Account]:
    due = UsageRecord.objects.due(at=now).filter(organization=OuterRef("organization"))
    return Account.objects.filter(Exists(due)).order_by("pk")


def try_again(*, now: datetime) -> int:
    """Make every waiting call due, since a deck for its day may be there now; how many were not."""
    later = UsageRecord.objects.filter(state=UsageRecord.State.WAITING, due_at__gt=now)
    return later.update(due_at=now)
