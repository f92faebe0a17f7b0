"""A comparison of decks told to an operator: as text, or every change of it as JSON."""

import json
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from rating.decks.comparing import Comparison, numbers_text

#: So many lines of each kind are told in a text.
SHOWN: Final = 20


def effects(found: Comparison, limit: int | None = None) -> list[dict[str, Any]]:
    """The effective changes, each with its `numbers` as a text; in an inbound deck those of the country."""
    frame = found.effective if limit is None else found.effective.head(limit)
    return [
        {"numbers": "" if row["begin"] is None else numbers_text(row["begin"], row["end"]), **row}
        for row in frame.iter_rows(named=True)
    ]


def as_json(found: Comparison) -> str:
    """One object: against (the deck's name), rows, gone, added, changed, effective, by_destination."""
    effective = [{key: value for key, value in row.items() if key not in ("begin", "end")} for row in effects(found)]
    return json.dumps(
        {
            "against": None if found.against is None else str(found.against),
            "rows": found.rows,
            "gone": found.gone.to_dicts(),
            "added": found.added.to_dicts(),
            "changed": found.changed.to_dicts(),
            "effective": effective,
            "by_destination": found.by_destination.drop("begin").to_dicts(),
        },
        ensure_ascii=False,
    )


def as_text(found: Comparison) -> str:
    """The counts, and the first lines of each kind."""
    return "\n".join(_lines(found))


def _lines(found: Comparison) -> Iterator[str]:
    against = "no deck before it" if found.against is None else str(found.against)
    yield f"{found.rows} rows; compared with {against}: {found.gone.height} gone, {found.added.height} added, " + (
        f"{found.changed.height} changed"
    )
    for sign, frame in (("-", found.gone), ("+", found.added)):
        for row in frame.head(SHOWN).iter_rows(named=True):
            yield f"{sign} {_key(row)} {row['destination']}: {row['price']}"
        yield from _rest(frame)
    for row in found.changed.head(SHOWN).iter_rows(named=True):
        yield f"~ {_key(row)} {row['destination']}: {row['price_before']} -> {row['price']}"
    yield from _rest(found.changed)
    yield f"The price of {found.effective.height} runs of numbers changes:"
    for row in effects(found, SHOWN):
        sides = [f"{_price(row[f'price_{when}'])}{_by(row[f'prefix_{when}'])}" for when in ("before", "after")]
        yield f"  {row['numbers'] or row['country']} {row['destination']}: {' -> '.join(sides)}"
    yield from _rest(found.effective)
    yield f"By destination, {found.by_destination.height}:"
    for row in found.by_destination.head(SHOWN).iter_rows(named=True):
        sides = [_price(row[f"price_{when}"]) for when in ("before", "after")]
        yield f"  {row['country']} {row['destination']}: {' -> '.join(sides)} ({row['runs']})"
    yield from _rest(found.by_destination)


def _key(row: dict[str, Any]) -> str:
    key = row["prefix"] or row["country"]
    return f"{key} ({row['window']})" if row["window"] else str(key)


def _price(text: str | None) -> str:
    return text or "no rate"


def _by(prefix: str | None) -> str:
    return "" if prefix is None else f" by {prefix or '*'}"


def _rest(frame: pl.DataFrame) -> Iterator[str]:
    if frame.height > SHOWN:
        yield f"  ... and {frame.height - SHOWN} more"
