"""Clear whole blocks of usage rows at once, and only those of which it is certain what the row-wise parser would say.

The patterns here are narrower than `intake.columns`: a row that fits them is taken as that parser would take it (a test
gives both the same rows), every other row goes there and gets its verdict, or its reason, from it.
"""

import hashlib
from datetime import datetime
from typing import Final

import polars as pl

from rating import calls
from rating.backfill.blocks import LINE
from rating.intake import columns

#: What is known of a call before it is charged. `line` is its place in the file, `person` an index or null.
SCHEMA: Final = {
    "line": pl.Int64,
    "usage_id": pl.String,
    "body_hash": pl.String,
    "call_id": pl.String,
    "conference_id": pl.String,
    "user_location": pl.String,
    "object_id": pl.String,
    "upn": pl.String,
    "display_name": pl.String,
    "caller": pl.String,
    "call_type": pl.String,
    "number_type": pl.String,
    "destination": pl.String,
    "started_at": pl.String,
    "ended_at": pl.String,
    "seconds": pl.Int64,
    "capability": pl.String,
}
# ASCII that JSON writes as it is, without blanks at its ends.
_PLAIN: Final = r"[!#-\[\]-~]"
_PLAIN_OR_BLANK: Final = r"[ !#-\[\]-~]"
_UUID: Final = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_NUMBER: Final = r"^(\+[0-9]{3,15}|[0-9]{2,6}|anonymous)$"
_INSTANT: Final = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|\+00:00)$"


def _text(column: str, longest: int, least: int = 0) -> pl.Expr:
    inner = f"{_PLAIN}({_PLAIN_OR_BLANK}{{0,{longest - 2}}}{_PLAIN})?"
    return pl.col(column).str.contains(f"^{inner}$" if least else f"^({inner})?$")


def cleared(rows: pl.DataFrame, *, currency: str) -> pl.DataFrame:
    """The rows, with LINE and the columns of the export as text, that can be taken, in the shape of SCHEMA."""
    kinds = rows[columns.TYPE].unique()
    known = [kind for kind in kinds if kind is not None and calls.is_known(kind)]
    sound = rows.filter(
        _text(columns.ID, 64, least=1),
        _text(columns.CALL, 64),
        _text(columns.CONFERENCE, 64),
        pl.col(columns.LOCATION).str.contains("^([A-Z]{2})?$"),
        pl.col(columns.OBJECT_ID).str.contains(_UUID) | (pl.col(columns.OBJECT_ID) == ""),
        _text(columns.UPN, 128),
        pl.col(columns.DISPLAY_NAME).str.len_chars() <= 128,
        pl.col(columns.DISPLAY_NAME) == pl.col(columns.DISPLAY_NAME).str.strip_chars(),
        pl.col(columns.CALLER).str.contains(_NUMBER) | (pl.col(columns.CALLER) == ""),
        pl.col(columns.TYPE).is_in(known),
        _text(columns.NUMBER_TYPE, 16),
        pl.col(columns.DESTINATION).str.contains(_NUMBER),
        pl.col(columns.START).str.contains(_INSTANT),
        pl.col(columns.END).str.contains(_INSTANT),
        pl.col(columns.SECONDS).str.contains("^[0-9]{1,6}$"),
        pl.col(columns.CURRENCY) == currency,
        _text(columns.CAPABILITY, 32),
    )
    parsed = sound.with_columns(
        _started=_instant(columns.START), _ended=_instant(columns.END), seconds=pl.col(columns.SECONDS).cast(pl.Int64)
    ).filter(
        _is_a_time(columns.START),
        _is_a_time(columns.END),
        pl.col("seconds") <= columns.LONGEST_SECONDS,
    )
    return _shaped(parsed.filter(pl.col("_ended") >= pl.col("_started")))


def _is_a_time(column: str) -> pl.Expr:
    """If there is such a day and hour."""
    return pl.col(column).str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False).is_not_null()


def _instant(column: str) -> pl.Expr:
    """As datetime.isoformat() writes it in UTC: decimals cut after the sixth, and none when they are all zero.

    As text it sorts like the instant it stands for: "+" comes before ".".
    """
    text = pl.col(column)
    micros = text.str.extract(r"\.([0-9]{1,6})").fill_null("").str.pad_end(6, "0")
    fraction = pl.when(micros == "000000").then(pl.lit("")).otherwise(pl.concat_str(pl.lit("."), micros))
    return pl.concat_str(text.str.slice(0, 19), fraction, pl.lit("+00:00"))


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    who = pl.col(columns.OBJECT_ID).str.to_lowercase()
    usage_id = pl.col(columns.ID)
    shaped = rows.select(
        line=LINE,
        usage_id=pl.when(usage_id.str.contains(_UUID)).then(usage_id.str.to_lowercase()).otherwise(usage_id),
        call_id=columns.CALL,
        conference_id=columns.CONFERENCE,
        user_location=columns.LOCATION,
        object_id=pl.when(who == _NOBODY).then(pl.lit("")).otherwise(who),
        upn=pl.col(columns.UPN),
        display_name=columns.DISPLAY_NAME,
        caller=columns.CALLER,
        call_type=columns.TYPE,
        number_type=pl.col(columns.NUMBER_TYPE).str.to_lowercase(),
        destination=columns.DESTINATION,
        started_at="_started",
        ended_at="_ended",
        seconds="seconds",
        capability=columns.CAPABILITY,
        currency=columns.CURRENCY,
    )
    return shaped.with_columns(body_hash=_hashes(shaped)).select(*SCHEMA)


def _hashes(rows: pl.DataFrame) -> pl.Series:
    """What Call.body_hash says of each row."""
    who = pl.when(pl.col("object_id") == "").then(pl.col("upn").str.to_lowercase()).otherwise(pl.col("object_id"))
    before = ("call_id", "conference_id", "user_location")
    after = ("caller", "call_type", "number_type", "destination", "started_at", "ended_at")
    body = pl.format(
        '["{}", "{}", "{}", "{}", "{}", "{}", "{}", "{}", "{}", "{}", {}, "{}", "{}"]',
        *before,
        who,
        *after,
        pl.col("seconds"),
        "currency",
        "capability",
    )
    digest = hashlib.sha256
    return pl.Series(
        "body_hash", [digest(text.encode()).hexdigest() for text in rows.select(body).to_series()], dtype=pl.String
    )


def shaped(line: int, call: columns.Call) -> tuple[object, ...]:
    """A call that the row-wise parser has taken, as a row of SCHEMA."""
    return (
        line,
        call.usage_id,
        call.body_hash,
        call.call_id,
        call.conference_id,
        call.user_location,
        str(call.object_id or ""),
        call.upn,
        call.display_name,
        call.caller,
        call.call_type,
        call.number_type,
        call.destination,
        call.started_at.isoformat(),
        call.ended_at.isoformat(),
        call.seconds,
        call.capability,
    )


def of_age(*, now: datetime) -> pl.Expr:
    """If a new call is neither older than 13 months nor ahead of the clock: what columns.check_age asks."""
    started_at = pl.col("started_at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us")
    return started_at.is_between(now - columns.OLDEST, now + columns.AHEAD)
