"""What a deck would change: rows gone, added and changed, and what the numbers below them would cost.

A row that goes does not end the price of its numbers: a shorter prefix takes them. So both decks are flattened to
intervals of numbers, and the prices are compared there.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Final, Generic, TypeVar

import polars as pl
from django.db import connection

from rating import sheets
from rating.decks import files, rows, terms
from rating.decks.files import Unsound
from rating.decks.terms import Place, Terms
from rating.models import Rate, RateDeck
from rating.prefixes import DIGITS, PrefixTable

_Said = TypeVar("_Said", Place, Terms)
_COLUMNS: Final = ("prefix", *terms.PLACE, *terms.TERMS)
_PRICE: Final = ("per_minute", "connection_fee", "slots", "min_cost", "max_cost", "rounding", "decimals")
_SHOWN: Final = ("prefix", "destination", "kind", "country", "window", "price")
_ALL: Final = 10**DIGITS


@dataclass(frozen=True)
class Comparison:
    """A deck beside the one it comes after, `against`; None when it is the first of its service and currency.

    `gone`, `added`: a line for each row: prefix, destination, kind, country, window, price. `changed`: the same, and
    what differs beside the key once more as it was before: `price_before` and so on.
    `effective`: a line for each run of numbers that would cost something else: country, destination, `begin` and `end`
    (whole numbers of 15 digits, the end not among them; null in an inbound deck), and `prefix_before`, `price_before`,
    `prefix_after`, `price_after`, null where there is none. A price is written as `price_text` says.
    """

    against: RateDeck | None
    rows: int
    gone: pl.DataFrame
    added: pl.DataFrame
    changed: pl.DataFrame
    effective: pl.DataFrame

    @cached_property
    def by_destination(self) -> pl.DataFrame:
        """The effective changes summed up: destination, country, both prices, and how many runs of numbers."""
        of = ["country", "destination", "price_before", "price_after"]
        return self.effective.group_by(of).agg(pl.len().alias("runs"), pl.col("begin").first()).sort(of)

    @property
    def is_none(self) -> bool:
        """If the two say the same."""
        return not (self.gone.height or self.added.height or self.changed.height or self.effective.height)


def dry_run(path: Path, service: str, zone: str, against: RateDeck | None) -> Comparison:
    """The file's rows beside a deck of its service. Writes nothing. Raises Refused, Ruined or OSError."""
    by_country = files.is_by_country(service)
    return _compare(_of_file(path, zone, by_country=by_country), against, by_country=by_country)


def compare(deck: RateDeck, against: RateDeck | None) -> Comparison:
    """A deck, published or a draft, beside another of its service."""
    return _compare(_of_deck(deck), against, by_country=files.is_by_country(deck.service))


def is_same(path: Path, zone: str, deck: RateDeck) -> bool:
    """If the file's rows, read in that zone, are the deck's, in whatever order. Raises as `dry_run` does."""
    if deck.checksum == sheets.checksum(path) and deck.zone == zone:
        return True
    new, old = _of_file(path, zone, by_country=files.is_by_country(deck.service)), _of_deck(deck)
    return new.height == old.height and new.join(old, on=new.columns, how="anti").is_empty()


def price_text(said: Sequence[str]) -> str:
    """A price in signs: a minute, `+` connection fee, [slots], `>=` least and `<=` greatest cost, `~` rounding.

    What a row needn't say is left out, so mostly it is one number. Different prices have different texts.
    """
    per_minute, fee, slots, least, greatest, method, decimals = said
    parts = [
        _trimmed(per_minute),
        f"+{_trimmed(fee)}" if Decimal(fee) else "",
        f"[{slots}]" if slots else "",
        f">={_trimmed(least)}" if least else "",
        f"<={_trimmed(greatest)}" if greatest else "",
        f"~{method} {decimals}" if (method, decimals) != ("middle", "4") else "",
    ]
    return " ".join(part for part in parts if part)


def numbers_text(begin: int, end: int) -> str:
    """A run of numbers by how they begin: `4475`, or `44752-44759`."""
    first, last = f"{begin:0{DIGITS}}", f"{end - 1:0{DIGITS}}"
    digits = max(len(first.rstrip("0")), len(last.rstrip("9")), 1)
    first, last = first[:digits], last[:digits]
    same = next((place for place in range(digits) if first[place] != last[place]), digits)
    whole = same and not first[same:].strip("0") and not last[same:].strip("9")
    return first[:same] if whole else f"{first}-{last}"


def _of_deck(deck: RateDeck) -> pl.DataFrame:
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    statement = f"COPY (SELECT {columns} FROM {Rate._meta.db_table} WHERE deck_id = %s) TO STDOUT (FORMAT csv)"  # noqa: S608
    with connection.cursor() as cursor, cursor.copy(statement, [deck.pk]) as stream:
        read = b"".join(stream)
    schema = dict.fromkeys(_COLUMNS, pl.String)
    frame = pl.read_csv(read, has_header=False, schema=schema).fill_null("") if read else pl.DataFrame(schema=schema)
    return _priced(frame, deck.zone)


def _of_file(path: Path, zone: str, *, by_country: bool) -> pl.DataFrame:
    prefixes: list[str] = []
    where, said = _Seen[Place](), _Seen[Terms]()
    try:
        for row in files.read(path, by_country=by_country):
            prefixes.append(row.prefix)
            where.add(row.place)
            said.add(row.terms)
        columns = [pl.DataFrame({"prefix": prefixes}), where.frame(terms.PLACE), said.frame(terms.TERMS)]
        frame = pl.concat(columns, how="horizontal")
        if not _keys_fit(frame, "country" if by_country else "prefix"):
            raise Unsound
    except Unsound:
        files.refuse(path, by_country=by_country)
        raise
    return _priced(frame, zone)


class _Seen(Generic[_Said]):
    """A long column of few different values."""

    def __init__(self) -> None:
        self._places: dict[_Said, int] = {}
        self._column = array("i")

    def add(self, value: _Said) -> None:
        self._column.append(self._places.setdefault(value, len(self._places)))

    def frame(self, names: Sequence[str]) -> pl.DataFrame:
        """The texts of the values, a column for each name."""
        distinct = pl.DataFrame([value.texts for value in self._places], schema=list(names), orient="row")
        return distinct.select(pl.all().gather(pl.Series(self._column, dtype=pl.Int32)))


def _keys_fit(frame: pl.DataFrame, key: str) -> bool:
    """If the rows of each key agree on the country, and price every time of the week once."""
    keys = frame.group_by(key).agg("window", pl.col("country").n_unique().alias("countries"))
    several = keys.filter((pl.col("window").list.len() > 1) | (pl.col("window").list.first() != ""))
    found = several.select("window", "countries").unique()
    return all(countries == 1 and rows.covers_the_week(windows) for windows, countries in found.iter_rows())


def _priced(frame: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The rows with their price as a text; in a window it depends on the zone."""
    distinct = frame.select(_PRICE).unique()
    texts = distinct.with_columns(price=pl.Series(map(price_text, distinct.iter_rows()), dtype=pl.String))
    at = pl.when(pl.col("window") == "").then(pl.lit("")).otherwise(pl.lit(f" @{zone}"))
    priced = frame.join(texts, on=_PRICE, how="left", maintain_order="left")
    return priced.with_columns(price=pl.col("price") + at).select(_SHOWN)


def _compare(new: pl.DataFrame, against: RateDeck | None, *, by_country: bool) -> Comparison:
    old = new.clear() if against is None else _of_deck(against)
    key = "country" if by_country else "prefix"
    ids = [key, "window"]
    others = [name for name in _SHOWN if name not in (*ids, *(["prefix"] if by_country else []))]
    both = new.join(old.select(*ids, *others), on=ids, how="inner", suffix="_before")
    changed = both.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_before") for name in others))
    before, after = _keyed(old, key), _keyed(new, key)
    return Comparison(
        against=against,
        rows=new.height,
        gone=old.join(new, on=ids, how="anti").sort(ids),
        added=new.join(old, on=ids, how="anti").sort(ids),
        changed=changed.sort(ids),
        effective=_of_countries(before, after) if by_country else _of_numbers(before, after),
    )


def _keyed(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """A line for each key, with all its prices; those of windows with the window before them."""
    label = pl.when(pl.col("window") == "").then(pl.col("price")).otherwise(pl.col("window") + " " + pl.col("price"))
    first = [pl.col(name).first() for name in ("prefix", "country", "destination") if name != key]
    return (
        frame.sort(key, "window").group_by(key, maintain_order=True).agg(*first, label.str.join(" | ").alias("price"))
    )


def _of_numbers(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Cut all numbers wherever a prefix of either deck begins or ends; between two cuts each has one price."""
    prefixes = pl.concat([before["prefix"], after["prefix"]])
    widths = pl.Series([10 ** (DIGITS - length) for length in range(DIGITS + 1)])
    begins = prefixes.str.pad_end(DIGITS, "0").str.to_integer(dtype=pl.Int64)
    cuts = pl.concat([begins, begins + widths.gather(prefixes.str.len_chars())]).unique().sort()
    runs = pl.DataFrame({"begin": cuts, "end": cuts.shift(-1)}).filter(pl.col("begin") < _ALL)
    runs = runs.with_columns(end=pl.col("end").fill_null(_ALL))
    digits = runs["begin"].cast(pl.String).str.zfill(DIGITS)
    found = pl.concat([runs, _found(before, digits, "before"), _found(after, digits, "after")], how="horizontal")
    changed = found.filter(pl.col("price_before").ne_missing(pl.col("price_after")))
    return _joined(changed)


def _found(keyed: pl.DataFrame, digits: pl.Series, when: str) -> pl.DataFrame:
    table = PrefixTable.made_late(keyed["prefix"].to_list(), int)
    places = table.longest_many(digits)
    return keyed.select(pl.all().gather(places).name.suffix(f"_{when}"))


def _joined(changed: pl.DataFrame) -> pl.DataFrame:
    """Neighbouring runs that the same two prefixes price are one."""
    of = ["prefix_before", "prefix_after"]
    breaks = [pl.col("begin") != pl.col("end").shift(), *(pl.col(name).ne_missing(pl.col(name).shift()) for name in of)]
    run = pl.any_horizontal(breaks).fill_null(value=True).cum_sum().alias("run")
    whole = changed.with_columns(run).group_by("run", maintain_order=True)
    last = whole.agg(pl.col("end").last().alias("until"), pl.all().exclude("end").first())
    return last.select(
        *_whose(), "begin", pl.col("until").alias("end"), *of[:1], "price_before", *of[1:], "price_after"
    )


def _of_countries(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    both = [
        frame.rename({"destination": f"destination_{when}", "price": f"price_{when}"}).drop("prefix")
        for frame, when in ((before, "before"), (after, "after"))
    ]
    found = both[0].join(both[1], on="country", how="full", coalesce=True).sort("country")
    found = found.with_columns(country_before="country", country_after="country")
    changed = found.filter(pl.col("price_before").ne_missing(pl.col("price_after")))
    none = [pl.lit(None, pl.Int64).alias(name) for name in ("begin", "end")]
    prefix = [pl.lit(None, pl.String).alias(name) for name in ("prefix_before", "prefix_after")]
    return changed.select(*_whose(), *none, prefix[0], "price_before", prefix[1], "price_after")


def _whose() -> list[pl.Expr]:
    """Where the numbers lead to: as the new deck says, else the old one."""
    return [pl.coalesce(f"{name}_after", f"{name}_before").alias(name) for name in ("country", "destination")]


def _trimmed(amount: str) -> str:
    return f"{Decimal(amount).normalize():f}"
