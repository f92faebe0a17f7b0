"""Write a judged step: its records, what they take from the pools, what is charged; all or nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Final

import polars as pl
from django.db import IntegrityError, connection

from credits import ledger, sums
from credits.ledger import copying
from credits.models import Account
from rating import notices, rollups
from rating.backfill.judging import Judged
from rating.intake import SOURCE
from rating.models import UsageFile
from rating.notices import Level

_COLUMNS: Final = (
    "id", "organization_id", "source", "usage_id", "body_hash", "file_id", "call_id", "conference_id", "subscriber_id",
    "call_type", "number_type", "caller", "destination", "user_location", "capability", "started_at", "ended_at",
    "seconds", "received_at", "due_at", "state", "minutes", "covered_minutes", "covered_by", "country", "rate_id",
    "charge", "journal_id", "charged_at", "unlicensed", "licence_differs",
)  # fmt: skip
_KNOWN: Final = "one_usage_record_per_id"
_STORE_USES: Final = """
    INSERT INTO rating_pooluse (organization_id, month, pool, used)
    SELECT %s, given.* FROM unnest(%s::date[], %s::text[], %s::integer[]) AS given
        ON CONFLICT (organization_id, month, pool) DO UPDATE SET used = excluded.used"""
#: All that the database says of an organization's pools in some months, as one number.
_MARK: Final = """
    SELECT coalesce(sum(hashtextextended(row::text, 0)), 0) FROM rating_pooluse AS row
     WHERE organization_id = %s AND month = ANY(%s)"""
#: The keys of a record that can be checked before its journal is there. Django names them with a hash.
_KEYS: Final = """
    SELECT string_agg(quote_ident(conname), ', ') FROM pg_constraint
     WHERE contype = 'f' AND condeferrable AND conrelid = 'rating_usagerecord'::regclass
       AND confrelid <> 'credits_journal'::regclass"""


class AlreadyThere(Exception):
    """One of the calls has a record; nothing was charged."""


@dataclass(frozen=True, slots=True)
class Step:
    """A judged step, ready to be sent: records and their ids, charges (id, key, micros, why), the pools after it."""

    records: bytes
    ids: Sequence[int]
    charges: pl.DataFrame
    levels: Sequence[Level]

    def write_records(self) -> None:
        """Send the records, and have all checked of them that can be without their journals. Raises AlreadyThere."""
        with connection.cursor() as cursor:
            cursor.execute(f"SET CONSTRAINTS {_keys_but_the_journals()} IMMEDIATE")
        try:
            copying.copy("rating_usagerecord", _COLUMNS, self.records)
        except IntegrityError as error:
            if _KNOWN in str(error):
                raise AlreadyThere from error
            raise

    def is_overtaken(self, account: Account) -> bool:
        """If journals numbered after this step's have been added up without them. Under the account's lock."""
        return bool(self.charges.height) and self.charges["id"][0] <= sums.reached(account.pk)

    def charge(self, account: Account, *, now: datetime) -> None:
        """Store the use of the pools, tell of those that run out, count the days, debit. Under the account's lock."""
        if self.levels:
            _store_uses(account.organization_id, self.levels)
            notices.tell(account.organization, self.levels, now=now)
        rollups.add(account.organization_id, self.ids)
        paid = self.charges
        ledger.debit_many(account, paid["key"], paid["micros"], paid["why"], now=now, journals=paid["id"].to_list())


def prepared(judged: Judged, file: UsageFile, *, now: datetime) -> Step:
    """The step with ids of its records and journals, which rise from step to step as they are asked for."""
    calls = judged.calls.with_columns(id=pl.Series(copying.ids("rating_usagerecord", judged.calls.height)))
    charges = calls.filter(pl.col("micros") > 0).select(
        record_id="id",
        key=pl.format("usage:{}", "id"),
        micros="micros",
        why=pl.format("{} {}", "call_type", "country"),
    )
    charges = charges.with_columns(id=pl.Series(_journals(charges.height), dtype=pl.Int64))
    records = calls.join(
        charges.select(id="record_id", journal_id="id"), on="id", how="left", maintain_order="left"
    ).with_columns(
        charge=copying.decimal("micros"),
        organization_id=pl.lit(file.organization_id),
        source=pl.lit(SOURCE),
        file_id=pl.lit(file.pk),
        received_at=pl.lit(now.isoformat()),
    )
    return Step(copying.csv(records.select(_COLUMNS)), calls["id"].to_list(), charges, judged.levels)


def mark(organization_id: int, months: Collection[date]) -> int:
    """All that the database says of the organization's pools in those months, as one number."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [organization_id, sorted(months)])
        return int(cursor.fetchone()[0])


def _store_uses(organization_id: int, levels: Sequence[Level]) -> None:
    months, names, used = ([getattr(level, name) for level in levels] for name in ("month", "pool", "used"))
    with connection.cursor() as cursor:
        cursor.execute(_STORE_USES, [organization_id, months, names, used])


def _journals(number: int) -> list[int]:
    return copying.ids("credits_journal", number) if number else []


@cache
def _keys_but_the_journals() -> str:
    with connection.cursor() as cursor:
        cursor.execute(_KEYS)
        return str(cursor.fetchone()[0])
