"""Read a large file whole: what is sound, sorted in pieces into a scratch folder; what is not, into the quarantine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import polars as pl

from rating.backfill import screening
from rating.backfill.blocks import LINE, Block, blocks, fields
from rating.intake import SOURCE, columns
from rating.intake.columns import BadField
from rating.intake.directory import Directory, Named
from rating.models import QuarantinedRow, UsageFile, UsageRecord
from rating.sheets import Refused, Row, Sheet
from subscriptions.models import Subscriber

#: The order of calls: as text, both sort as they should.
ORDER: Final = ("started_at", "usage_id")


@dataclass
class Read:
    """What came of reading: pieces of sound calls (each sorted), how many rows, how many of them are quarantined.

    `people` are those whom the column `person` counts; strangers among them have no key before `directory.store`.
    """

    directory: Directory
    pieces: list[Path] = field(default_factory=list)
    instants: list[pl.Series] = field(default_factory=list)
    people: list[Subscriber] = field(default_factory=list)
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
        self._hashes: list[pl.Series] = []
        # The same bytes again: their bad rows are in the quarantine already.
        earlier = QuarantinedRow.objects.filter(file__organization=file.organization, file__checksum=file.checksum)
        self._quarantined_lines = set(earlier.values_list("line", flat=True))

    def take(self, path: Path, sheet: Sheet, *, on_progress: Callable[[int], object]) -> Read:
        """Read it to the end. Raises Refused."""
        for block in blocks(path, header_lines=sheet.header_lines):
            seen = self.read.rows
            self._take(block, sheet)
            on_progress(self.read.rows - seen)
        if not self.read.rows:
            raise Refused("The file has no rows.")
        self._drop_repeats()
        return self.read

    def _take(self, block: Block, sheet: Sheet) -> None:
        rows, odd = fields(block, sheet)
        clear = screening.cleared(rows, currency=self._organization.currency)
        doubtful = [*odd, *_rows_of(rows.join(clear, left_on=LINE, right_on="line", how="anti"))]
        bad: list[QuarantinedRow] = []
        parsed = [(row.line, call) for row in doubtful if (call := self._parse(row, bad))]
        slow = [screening.shaped(line, call) for line, call in parsed]
        calls = pl.concat([clear, pl.DataFrame(slow, schema=screening.SCHEMA, orient="row")]).sort("line")
        self.read.rows += clear.height + len(doubtful)
        self._keep(self._only_of_age(calls, rows, odd, bad))
        self.quarantine(bad)

    def _parse(self, row: Row, bad: list[QuarantinedRow]) -> columns.Call | None:
        try:
            return columns.parse(row, currency=self._organization.currency, country=self._organization.country)
        except BadField as wrong:
            bad.append(self.quarantined(row, wrong))
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
            known = self.known(others["usage_id"].to_list())
            for line, usage_id, body_hash, started_at in others["line", "usage_id", "body_hash", "started_at"].rows():
                self._judge_age(whole[line], (usage_id, body_hash, started_at), known, bad)
        return calls.filter(of_age)

    def _judge_age(
        self, row: Row, call: tuple[str, str, str], known: dict[str, tuple[str, str]], bad: list[QuarantinedRow]
    ) -> None:
        usage_id, body_hash, started_at = call
        if usage_id not in known:
            old = datetime.fromisoformat(started_at) < self._now
            reason = columns.TOO_OLD if old else columns.TOO_EARLY
            bad.append(self.quarantined(row, BadField(columns.START, started_at, reason)))
        elif known[usage_id][0] == body_hash:
            self.read.repeated += 1
        else:
            bad.append(self.quarantined(row, already(usage_id, known[usage_id][1])))

    def known(self, usage_ids: list[str]) -> dict[str, tuple[str, str]]:
        """Which of the ids are there already: the hash of the row's body, and words for where it is."""
        found = UsageRecord.objects.filter(organization=self._organization, source=SOURCE, usage_id__in=usage_ids)
        return {
            usage_id: (body_hash, f"on {received_at:%Y-%m-%d} ({seconds} s to {destination})")
            for usage_id, body_hash, received_at, seconds, destination in found.values_list(
                "usage_id", "body_hash", "received_at", "seconds", "destination"
            )
        }

    def _keep(self, calls: pl.DataFrame) -> None:
        """Say who they are of, sort them, and put them into a piece of their own."""
        whom = ("object_id", "upn")
        belongs = ~pl.col("call_type").str.starts_with("ucap_") & ((pl.col("object_id") != "") | (pl.col("upn") != ""))
        names = calls.filter(belongs).unique(subset=whom, keep="first", maintain_order=True)
        people = [self._number(row) for row in names.select(*whom, "display_name", "user_location").iter_rows()]
        numbered = names.select(*whom, person=pl.Series("person", people, dtype=pl.Int64))
        placed = calls.join(numbered, on=whom, how="left", maintain_order="left").with_columns(
            person=pl.when(belongs).then(pl.col("person")), key=pl.col("usage_id").hash(seed=0)
        )
        placed = placed.drop("object_id", "upn", "display_name").sort(ORDER)
        path = self._scratch / f"{len(self.read.pieces)}.parquet"
        placed.write_parquet(path, compression="lz4", row_group_size=5_000)
        self.read.pieces.append(path)
        self.read.instants.append(placed["started_at"].str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S"))
        self._hashes.append(placed["key"])

    def _number(self, names: tuple[str, str, str, str]) -> int:
        """The place among the people of the one whom a row names."""
        object_id, upn, display_name, location = names
        person = self.read.directory.person(Named(UUID(object_id) if object_id else None, upn, display_name, location))
        place = self._numbers.get(id(person))
        if place is None:
            place = self._numbers[id(person)] = len(self.read.people)
            self.read.people.append(person)
        return place

    def _drop_repeats(self) -> None:
        """Of rows with one usage id only the first of the file stays."""
        keys = pl.concat(self._hashes)
        self._hashes = []
        again = keys.filter(keys.is_duplicated()).unique()
        if not again.len():
            return
        alike = pl.scan_parquet(self.read.pieces).filter(pl.col("key").is_in(again.implode()))
        rows = alike.select("line", "usage_id", "body_hash").collect().sort("line").rows()
        first: dict[str, tuple[int, str]] = {}
        gone, bad = [], list[QuarantinedRow]()
        for line, usage_id, body_hash in rows:
            if first.setdefault(usage_id, (line, body_hash))[0] == line:
                continue
            gone.append(line)
            if first[usage_id][1] == body_hash:
                self.read.repeated += 1
            else:
                wrong = already(usage_id, f"on line {first[usage_id][0]} of this file")
                bad.append(self.quarantined(Row(line, {columns.ID: usage_id}), wrong))
        self._drop(gone)
        self.quarantine(bad)

    def _drop(self, lines: list[int]) -> None:
        for path in self.read.pieces:
            piece = pl.read_parquet(path, memory_map=False)
            piece.filter(~pl.col("line").is_in(lines)).write_parquet(path, compression="lz4", row_group_size=5_000)

    def quarantined(self, row: Row, wrong: BadField) -> QuarantinedRow:
        """The row as the quarantine keeps it."""
        raw: dict[str, Any] = {column: text[:1000] for column, text in row.fields.items()}
        return QuarantinedRow(
            file=self._file,
            line=row.line,
            column=wrong.column,
            given=wrong.given[:200],
            reason=wrong.reason[:300],
            raw=raw,
        )

    def quarantine(self, bad: list[QuarantinedRow]) -> None:
        """Store those that are not there already, and count all of them."""
        bad.sort(key=lambda row: row.line)
        new = [row for row in bad if row.line not in self._quarantined_lines]
        QuarantinedRow.objects.bulk_create(new, batch_size=1000)
        self._quarantined_lines.update(row.line for row in new)
        for row in bad:
            self._on_quarantine(row)
        self.read.quarantined += len(bad)


def already(usage_id: str, where: str) -> BadField:
    """The usage id is known, with other facts."""
    return BadField(columns.ID, usage_id, f"already imported {where} with other values")


def _rows_of(rows: pl.DataFrame) -> Iterator[Row]:
    """The rows as the row-wise parser takes them, blank ones left out."""
    for fields_of_row in rows.iter_rows(named=True):
        line = fields_of_row.pop(LINE)
        if any(text.strip() for text in fields_of_row.values()):
            yield Row(line, fields_of_row)
