"""Charge calls that have no record yet: rated, debited and written with all that came of it, or not at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import polars as pl
from django.db import IntegrityError

from credits import accounts, ledger
from credits.ledger import copying
from credits.models import Account
from rating.charging import NO_DECK_WAIT
from rating.intake import SOURCE
from rating.models import UsageFile, UsageRecord
from rating.verdicts import Bench, Verdict
from subscriptions.models import Subscriber

_COLUMNS: Final = (
    "id", "organization_id", "source", "usage_id", "body_hash", "file_id", "call_id", "conference_id", "subscriber_id",
    "call_type", "number_type", "caller", "destination", "user_location", "capability", "started_at", "ended_at",
    "seconds", "received_at", "due_at", "state", "minutes", "covered_minutes", "country", "rate_id", "charge",
    "journal_id", "charged_at", "unlicensed", "licence_differs",
)  # fmt: skip
_KNOWN: Final = "one_usage_record_per_id"
_JUDGED: Final = {
    "id": pl.Int64,
    "state": pl.String,
    "minutes": pl.Int64,
    "covered_minutes": pl.Int64,
    "country": pl.String,
    "rate_id": pl.Int64,
    "charge": pl.String,
    "journal_id": pl.Int64,
    "due_at": pl.String,
    "charged_at": pl.String,
    "unlicensed": pl.Boolean,
    "licence_differs": pl.Boolean,
}


class AlreadyThere(Exception):
    """One of the calls has a record; nothing was charged."""


def charge(
    account: Account, file: UsageFile, calls: pl.DataFrame, people: Mapping[int, Subscriber], *, now: datetime
) -> None:
    """Charge the calls in the order given; they have the columns of a piece and `subscriber_id`.

    One transaction under the account's lock: records, the minutes of the pools and the ledger, all or nothing.
    Raises AlreadyThere.
    """
    days = calls["started_at"].str.slice(0, 10).str.to_date("%Y-%m-%d")
    try:
        with accounts.changing(account.pk, now=now) as locked:
            verdicts = _judged(locked, calls, days, people)
            records = copying.ids("rating_usagerecord", calls.height)
            journals = _debit(locked, records, calls["call_type"].to_list(), verdicts, now=now)
            written = calls.with_columns(_columns(records, journals, verdicts, now=now))
            copying.copy("rating_usagerecord", _COLUMNS, _csv(written, file, now=now), form="csv")
    except IntegrityError as error:
        if _KNOWN in str(error):
            raise AlreadyThere from error
        raise


def _judged(
    account: Account, calls: pl.DataFrame, days: pl.Series, people: Mapping[int, Subscriber]
) -> list[Verdict | None]:
    bench = Bench(
        account,
        months={day.replace(day=1) for day in days.unique()},
        subscriber_ids=calls["subscriber_id"].drop_nulls().unique().to_list(),
    )
    locations = {key: person.usage_location for key, person in people.items()}
    judge = bench.judge
    facts = calls["call_type", "number_type", "seconds", "destination", "subscriber_id", "user_location", "capability"]
    verdicts = [
        judge(kind, number_type, seconds, day, number, whose, locations.get(whose) or location, capability)
        for (kind, number_type, seconds, number, whose, location, capability), day in zip(
            facts.iter_rows(), days.to_list(), strict=True
        )
    ]
    bench.store()
    return verdicts


def _debit(
    account: Account, records: list[int], kinds: list[str], verdicts: list[Verdict | None], *, now: datetime
) -> dict[int, int]:
    """The journals of those that cost anything, by record."""
    costly = [
        (record, verdict.micros, f"{kind} {verdict.country}")
        for record, kind, verdict in zip(records, kinds, verdicts, strict=True)
        if verdict is not None and verdict.micros
    ]
    if not costly:
        return {}
    paid, amounts, whys = zip(*costly, strict=True)
    journals = ledger.debit_many(account, [f"usage:{record}" for record in paid], amounts, whys, now=now)
    return dict(zip(paid, journals, strict=True))


def _columns(
    records: list[int], journals: Mapping[int, int], verdicts: list[Verdict | None], *, now: datetime
) -> pl.DataFrame:
    """What charging writes into the records; a call without a deck for its day waits."""
    instant, later = now.isoformat(), (now + NO_DECK_WAIT).isoformat()
    rows = [
        (
            record, verdict.state.value, verdict.minutes, verdict.covered, verdict.country, verdict.rate_id,
            copying.amount(verdict.micros), journals.get(record), instant, instant, verdict.unlicensed,
            verdict.licence_differs,
        )
        if verdict is not None
        else (record, UsageRecord.State.WAITING.value, 0, 0, "", None, "0", None, later, None, False, False)
        for record, verdict in zip(records, verdicts, strict=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=_JUDGED, orient="row")


def _csv(calls: pl.DataFrame, file: UsageFile, *, now: datetime) -> bytes:
    same = calls.with_columns(
        organization_id=pl.lit(file.organization_id),
        source=pl.lit(SOURCE),
        file_id=pl.lit(file.pk),
        received_at=pl.lit(now.isoformat()),
    )
    written = same.select(*_COLUMNS).write_csv(include_header=False, quote_style="non_numeric")
    return written.encode()
