"""Judge calls step by step before any of them is written: each step goes on with the minutes the one before leaves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import polars as pl

from credits.models import Account
from rating import decks
from rating.charging import NO_DECK_WAIT
from rating.models import RateDeck, UsageRecord
from rating.notices import Level
from rating.verdicts import Bench, Verdict
from subscriptions.models import Subscriber

_OUTCOME: Final = {
    "state": pl.String,
    "minutes": pl.Int64,
    "covered_minutes": pl.Int64,
    "covered_by": pl.String,
    "country": pl.String,
    "rate_id": pl.Int64,
    "micros": pl.Int64,
    "unlicensed": pl.Boolean,
    "licence_differs": pl.Boolean,
}
#: Services whose decks are searched by the number called.
_BY_PREFIX: Final = (RateDeck.Service.OUTBOUND, RateDeck.Service.CONFERENCE)
_FACTS: Final = (
    "call_type", "number_type", "seconds", "destination", "subscriber_id", "user_location", "capability", "started_at",
)  # fmt: skip
#: A call for whose day there is no deck.
_WAITS: Final = (UsageRecord.State.WAITING.value, 0, 0, "", "", None, 0, False, False)


@dataclass(frozen=True, slots=True)
class Judged:
    """Calls in order with what becomes of each, and how full the pools that they took from are then.

    `micros` is the charge in whole millionths.
    """

    calls: pl.DataFrame
    levels: Sequence[Level]


class Judge:
    """Judges steps in the order of calls, as everything is when it begins; the minutes they take it remembers."""

    def __init__(
        self, account: Account, people: Mapping[int, Subscriber], calls: pl.DataFrame, *, now: datetime
    ) -> None:
        """`calls` are all that it will be asked about."""
        self._locations = {key: person.usage_location for key, person in people.items()}
        self._now = now
        subscribers = calls["subscriber_id"].drop_nulls().unique().to_list()
        self._bench = Bench(account, months=months(calls), subscriber_ids=subscribers)
        self._used = self._bench.used.copy()
        # After the bench, which thus knows of no other.
        wanted = RateDeck.objects.published().filter(currency=account.currency, service__in=_BY_PREFIX)
        self._decks = list(wanted.order_by("pk").values_list("pk", flat=True))

    def judged(self, calls: pl.DataFrame) -> Judged:
        """What becomes of the calls."""
        alike = calls.with_columns(destination=self._stand_ins(calls))
        outcomes = self._table([self._verdict(*facts) for facts in _facts(alike)])
        instant, later = self._now.isoformat(), (self._now + NO_DECK_WAIT).isoformat()
        waits = pl.col("state") == UsageRecord.State.WAITING.value
        times = outcomes.with_columns(
            due_at=pl.when(waits).then(pl.lit(later)).otherwise(pl.lit(instant)),
            charged_at=pl.when(waits).then(None).otherwise(pl.lit(instant)),
        )
        return Judged(calls.hstack(times), self._levels())

    def _stand_ins(self, calls: pl.DataFrame) -> pl.Series:
        """For each number one that has the same rate in every deck: rates are remembered by number.

        Inbound calls are rated by whose number it is.
        """
        numbers = calls.select("call_type", "destination").with_row_index()
        outbound = numbers.filter(
            pl.col("destination").str.starts_with("+"), ~pl.col("call_type").str.contains("_in", literal=True)
        )
        digits = outbound["destination"].str.slice(1).str.strip_chars_end("*")
        places = [decks.by_prefix(deck).longest_many(digits).alias(str(deck)) for deck in self._decks]
        if not places:
            return calls["destination"]
        alike = pl.struct(places)
        found = outbound.select("index", same=pl.col("destination").first().over(alike))
        joined = numbers.join(found, on="index", how="left", maintain_order="left")
        return joined.select(pl.coalesce("same", "destination")).to_series()

    def _verdict(
        self, kind: str, number_type: str, seconds: int, destination: str, whose: int | None, location: str,
        capability: str, started_at: str,
    ) -> Verdict | None:  # fmt: skip
        known = self._locations.get(whose) if whose is not None else ""
        at = datetime.fromisoformat(started_at)
        return self._bench.judge(
            kind, number_type, seconds, at.date(), destination, whose, known or location, capability, at
        )

    def _levels(self) -> list[Level]:
        """How full the pools are that were taken from since this was last asked."""
        before, self._used = self._used, self._bench.used.copy()
        found = self._bench.levels()
        return [level for level in found if before[level.month, level.pool] != level.used]

    def _table(self, verdicts: list[Verdict | None]) -> pl.DataFrame:
        """The verdicts as columns. There are few different ones, each the same object wherever it is."""
        places: dict[int, int] = {}
        different: list[Verdict | None] = []
        which = []
        for verdict in verdicts:
            place = places.get(id(verdict))
            if place is None:
                place = places[id(verdict)] = len(different)
                different.append(verdict)
            which.append(place)
        rows = pl.DataFrame([_row(verdict) for verdict in different], schema=_OUTCOME, orient="row")
        return rows[pl.Series(which, dtype=pl.UInt32)]


def months(calls: pl.DataFrame) -> set[date]:
    """The months of the calls, each by its first day."""
    found = calls["started_at"].str.slice(0, 7).unique()
    return {date.fromisoformat(f"{month}-01") for month in found}


def _facts(calls: pl.DataFrame) -> Iterable[tuple[Any, ...]]:
    return zip(*(calls[column].to_list() for column in _FACTS), strict=True)


def _row(verdict: Verdict | None) -> tuple[object, ...]:
    if verdict is None:
        return _WAITS
    return (
        verdict.state.value,
        verdict.minutes,
        verdict.covered,
        verdict.covered_by,
        verdict.country,
        verdict.rate_id,
        verdict.micros,
        verdict.unlicensed,
        verdict.licence_differs,
    )
