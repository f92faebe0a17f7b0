"""Read a large file whole: what is sound, sorted in pieces into a scratch folder; what is not, into the quarantine."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import polars as pl

from rating.backfill import screening
from rating.backfill.blocks import LINE, Block, blocks, fields
from rating.intake import columns, known
from rating.intake.columns import BadField
from rating.intake.directory import Directory, Named
from rating.models import QuarantinedRow, UsageFile
from rating.sheets import Refused, Row, Sheet
from subscriptions.models import Subscriber

Given = TypeVar("Given")
Made = TypeVar("Made")
#: One a core; more would only hold more blocks in memory.
_THREADS: Final = 2
#: The order of calls: as text, both sort as they should.
ORDER: Final = ("started_at", "usage_id")
#: Of so many calls in order one is remembered, by which the whole is parted into stretches of about one size.
EVERY: Final = 50

_REMEMBERED: Final = {
    columns.ID: "usage_id",
    columns.CALL: "call_id",
    columns.CONFERENCE: "conference_id",
    columns.LOCATION: "user_location",
    columns.CALLER: "caller",
    columns.TYPE: "call_type",
    columns.NUMBER_TYPE: "number_type",
    columns.DESTINATION: "destination",
    columns.START: "started_at",
    columns.END: "ended_at",
    columns.SECONDS: "seconds",
    columns.CAPABILITY: "capability",
}


@dataclass
class Read:
    """What came of reading: pieces of sound calls (each sorted), how many rows, how many of them are quarantined.

    `people` are those whom the column `person` counts; strangers among them have no key before `directory.store`.
    `instants` are, of each piece, when the first, the last and every so many of its calls began.
    """

    directory: Directory
    pieces: list[Path] = field(default_factory=list)
    instants: list[pl.Series] = field(default_factory=list)
    people: list[Subscriber] = field(default_factory=list)
    calls: int = 0
    rows: int = 0
    repeated: int = 0
    quarantined: int = 0


class Reader:
    """One file on its way in; memory holds a block of it, and eight bytes more for each row."""

    def __init__(
        self, file: UsageFile, scratch: Path, *, now: datetime, on_quarantine: Callable[[QuarantinedRow], object]
    ) -> None:
        self._file, self._scratch, self._now, self._on_quarantine = file, scratch, now, on_quarantine
        self._organization = file.organization
        self.read = Read(Directory(self._organization, now=now))
        self._numbers: dict[int, int] = {}
        self._quarantined_lines = known.quarantined_lines(file)

    def take(self, path: Path, sheet: Sheet, *, on_progress: Callable[[int], object]) -> Read:
        """Read it to the end; what needs no database is done by other threads meanwhile. Raises Refused."""
        currency = self._organization.currency

        def cleared(block: Block) -> tuple[pl.DataFrame, list[Row], pl.DataFrame]:
            rows, odd = fields(block, sheet)
            return rows, odd, screening.cleared(rows, currency=currency)

        stored: list[Future[tuple[pl.Series, pl.Series]]] = []
        with ThreadPoolExecutor(_THREADS) as pool:
            for rows, odd, clear in ahead(pool, cleared, blocks(path, header_lines=sheet.header_lines)):
                seen = self.read.rows
                calls = self._named(self._sound(rows, odd, clear))
                self.read.calls += calls.height
                self.read.pieces.append(self._scratch / f"{len(self.read.pieces)}.parquet")
                stored.append(pool.submit(_stored, calls, self.read.pieces[-1]))
                on_progress(self.read.rows - seen)
        self.read.instants = [future.result()[0] for future in stored]
        if not self.read.rows:
            raise Refused("The file has no rows.")
        self._drop_repeats(pl.concat([future.result()[1] for future in stored]))
        return self.read

    def _sound(self, rows: pl.DataFrame, odd: list[Row], clear: pl.DataFrame) -> pl.DataFrame:
        """The calls of a block that can be taken; its other rows are quarantined, or are there already."""
        doubtful = [*odd, *_rows_of(rows.filter(~pl.col(LINE).is_in(clear["line"].implode())))]
        bad: list[QuarantinedRow] = []
        parsed = [(row.line, call) for row in doubtful if (call := self._parse(row, bad))]
        slow = [screening.shaped(line, call) for line, call in parsed]
        calls = pl.concat([clear, pl.DataFrame(slow, schema=screening.SCHEMA, orient="row")]).sort("line")
        self.read.rows += clear.height + len(doubtful)
        young = self._only_of_age(calls, rows, odd, bad)
        self.quarantine(bad)
        return young

    def _parse(self, row: Row, bad: list[QuarantinedRow]) -> columns.Call | None:
        try:
            return columns.parse(row, currency=self._organization.currency, country=self._organization.country)
        except BadField as wrong:
            bad.append(known.quarantined(self._file, row, wrong))
            return None

    def _only_of_age(
        self, calls: pl.DataFrame, rows: pl.DataFrame, odd: list[Row], bad: list[QuarantinedRow]
    ) -> pl.DataFrame:
        """Those young enough; of the others, those that are there already count as that, the rest is quarantined."""
        of_age = screening.of_age(now=self._now)
        others = calls.filter(~of_age)
        if others.height:
            whole = {row.line: row for row in odd}
            whole |= {row.line: row for row in _rows_of(rows.filter(pl.col(LINE).is_in(others["line"].implode())))}
            there = known.known(self._organization, others["usage_id"].to_list())
            for line, usage_id, body_hash, started_at in others["line", "usage_id", "body_hash", "started_at"].rows():
                self._judge_age(whole[line], (usage_id, body_hash, started_at), there, bad)
        return calls.filter(of_age)

    def _judge_age(
        self, row: Row, call: tuple[str, str, str], there: dict[str, tuple[str, str]], bad: list[QuarantinedRow]
    ) -> None:
        usage_id, body_hash, started_at = call
        if usage_id not in there:
            old = datetime.fromisoformat(started_at) < self._now
            reason = columns.TOO_OLD if old else columns.TOO_EARLY
            bad.append(known.quarantined(self._file, row, BadField(columns.START, started_at, reason)))
        elif there[usage_id][0] == body_hash:
            self.read.repeated += 1
        else:
            bad.append(known.quarantined(self._file, row, known.already(usage_id, there[usage_id][1])))

    def new(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Those that are not there; the same id with other facts is quarantined."""
        there = known.known(self._organization, calls["usage_id"].to_list())
        if not there:
            return calls
        is_there = pl.col("usage_id").is_in(list(there))
        bad = []
        for call in calls.filter(is_there).iter_rows(named=True):
            body_hash, where = there[call["usage_id"]]
            if body_hash != call["body_hash"]:
                bad.append(known.quarantined(self._file, remembered(call), known.already(call["usage_id"], where)))
        self.quarantine(bad)
        return calls.filter(~is_there)

    def _named(self, calls: pl.DataFrame) -> pl.DataFrame:
        """The calls with the person each is of."""
        whom = ("object_id", "upn")
        belongs = ~pl.col("call_type").str.starts_with("ucap_") & ((pl.col("object_id") != "") | (pl.col("upn") != ""))
        names = calls.filter(belongs).unique(subset=whom, keep="first", maintain_order=True)
        people = [self._number(row) for row in names.select(*whom, "display_name", "user_location").iter_rows()]
        numbered = names.select(*whom, person=pl.Series("person", people, dtype=pl.Int64))
        named = calls.join(numbered, on=whom, how="left", maintain_order="left")
        return named.with_columns(person=pl.when(belongs).then(pl.col("person"))).drop(*whom, "display_name")

    def _number(self, names: tuple[str, str, str, str]) -> int:
        """The place among the people of the one whom a row names."""
        object_id, upn, display_name, location = names
        person = self.read.directory.person(Named(UUID(object_id) if object_id else None, upn, display_name, location))
        place = self._numbers.get(id(person))
        if place is None:
            place = self._numbers[id(person)] = len(self.read.people)
            self.read.people.append(person)
        return place

    def _drop_repeats(self, keys: pl.Series) -> None:
        """Of rows with one usage id only the first of the file stays; `keys` are the hashes of all ids."""
        # Sorted, equal ones are neighbours: a table of all of them would take some fifty bytes more for each row.
        keys = keys.sort(in_place=True)
        again = keys.filter(keys == keys.shift()).unique()
        if not again.len():
            return
        alike = pl.scan_parquet(self.read.pieces).filter(pl.col("key").is_in(again.implode()))
        rows = alike.select("line", "usage_id", "body_hash").collect().sort("line").rows()
        first: dict[str, tuple[int, str]] = {}
        gone, wrong = list[int](), dict[int, BadField]()
        for line, usage_id, body_hash in rows:
            if first.setdefault(usage_id, (line, body_hash))[0] == line:
                continue
            gone.append(line)
            if first[usage_id][1] == body_hash:
                self.read.repeated += 1
            else:
                wrong[line] = known.already(usage_id, known.on_line(first[usage_id][0]))
        clashing = pl.scan_parquet(self.read.pieces).filter(pl.col("line").is_in(list(wrong))).collect()
        self.quarantine(
            [
                known.quarantined(self._file, remembered(call), wrong[call["line"]])
                for call in clashing.iter_rows(named=True)
            ]
        )
        self._drop(gone)

    def _drop(self, lines: list[int]) -> None:
        for path in self.read.pieces:
            _store(pl.read_parquet(path, memory_map=False).filter(~pl.col("line").is_in(lines)), path)

    def quarantine(self, bad: list[QuarantinedRow]) -> None:
        """Store those that are not there already, and count all of them."""
        bad.sort(key=lambda row: row.line)
        new = [row for row in bad if row.line not in self._quarantined_lines]
        QuarantinedRow.objects.bulk_create(new, batch_size=1000)
        self._quarantined_lines.update(row.line for row in new)
        for row in bad:
            self._on_quarantine(row)
        self.read.quarantined += len(bad)


def _stored(calls: pl.DataFrame, path: Path) -> tuple[pl.Series, pl.Series]:
    """Sort the calls into a piece; when some of them began, and the hash of the id of each."""
    ordered = calls.with_columns(key=pl.col("usage_id").hash(seed=0)).sort(ORDER)
    _store(ordered, path)
    some = pl.concat([ordered["started_at"].gather_every(EVERY), ordered["started_at"].tail(1)])
    return some.str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S"), ordered["key"]


def _store(calls: pl.DataFrame, path: Path) -> None:
    calls.write_parquet(path, compression="lz4", row_group_size=1_000)


def ahead(pool: ThreadPoolExecutor, work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """What the work makes of each, in their order; two are worked on while one is looked at."""
    begun: deque[Future[Made]] = deque()
    for one in given:
        begun.append(pool.submit(work, one))
        if len(begun) > _THREADS:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()


def remembered(call: Mapping[str, Any]) -> Row:
    """What is still known of a sound call's row: its values as they were taken, without whom they named."""
    return Row(call["line"], {column: str(call[name]) for column, name in _REMEMBERED.items()})


def _rows_of(rows: pl.DataFrame) -> Iterator[Row]:
    """The rows as the row-wise parser takes them, blank ones left out."""
    for fields_of_row in rows.iter_rows(named=True):
        line = fields_of_row.pop(LINE)
        if any(text.strip() for text in fields_of_row.values()):
            yield Row(line, fields_of_row)
