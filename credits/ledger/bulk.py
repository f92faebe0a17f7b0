"""Book thousands of charges at once: the same as ledger.debit, written by COPY."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl
from django.db import connection
from django.db.utils import IntegrityError

from credits.ledger import arrays, book, copying, lots
from credits.ledger.posting import Kind, NotBookable, bookable
from credits.models import Account
from credits.spending import Free
from subscriptions import money

_KEY_CONSTRAINT: Final = "one_journal_per_key"
_JOURNAL: Final = ("id", "account_id", "at", "kind", "key", "movement", "why")
_ENTRY: Final = ("account_id", "journal_id", "lot_id", "amount")
_DEBT: Final = ("journal_id", "account_id", "amount", "remaining", "open")
#: No balance moves by more, and sums of it still fit in 64 bits.
_MOST: Final = 2 * int(money.LIMIT) * money.MICROS
_MOVE_LOTS: Final = """
    UPDATE credits_lot AS lot
       SET remaining = lot.remaining - taken.micros * 0.000001, open = lot.remaining > taken.micros * 0.000001
      FROM unnest(%s::bigint[], %s::bigint[]) AS taken(lot_id, micros) WHERE lot.id = taken.lot_id"""


def debit_many(
    account: Account,
    keys: Sequence[str] | pl.Series,
    amounts: Sequence[int] | pl.Series,
    whys: Sequence[str] | pl.Series,
    *,
    now: datetime,
    journals: Sequence[int] | None = None,
) -> list[int]:
    """Book the charges in the order given; `amounts` are whole millionths above zero, the three of equal length.

    The ids of their journals in the same order: those given, which nobody else has, or new ones. All or nothing;
    raises AlreadyBooked, NotBookable.
    """
    if not len(keys):
        return []
    for micros in (min(amounts), max(amounts)):
        bookable(micros)
    if sum(amounts) > _MOST:
        raise NotBookable(f"{len(amounts)} charges that exceed every balance")
    ids = list(journals or copying.ids("credits_journal", len(keys)))
    charges = pl.DataFrame({"id": ids, "key": keys, "micros": amounts, "why": whys})
    _copy_journals(account, charges, now=now)
    parts = split(lots.free(account, now=now), charges["micros"])
    _copy_entries(account, parts.with_columns(journal_id=charges["id"].gather(parts["charge"])))
    taken = dict(parts.group_by("lot_id").agg(pl.col("micros").sum()).rows())
    account.balance -= money.from_micros(sum(taken.values()))
    account.overdraft += money.from_micros(taken.pop(None, 0))
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_LOTS, [arrays.integers(taken), arrays.integers(taken.values())])
    return ids


def split(free: Sequence[Free], amounts: pl.Series) -> pl.DataFrame:
    """What `spending.allocate` says of lots in spending order, for thousands of charges: a row for each part.

    `charge` is the place of the charge, `lot_id` null for the overdraft, `micros` the part. Lots and charges lie end to
    end on one line of millionths; wherever one of either ends, a part ends.
    """
    ends = amounts.cum_sum()
    borders = pl.Series([lot.micros for lot in free], dtype=pl.Int64).cum_sum()
    cuts = pl.concat([ends, borders.filter(borders < ends[-1])]).unique().sort()
    cuts = cuts.filter(cuts > 0)
    ids = pl.Series([lot.lot for lot in free] + [None], dtype=pl.Int64)
    return pl.DataFrame(
        {
            "charge": ends.search_sorted(cuts, side="left"),
            "lot_id": ids.gather(borders.search_sorted(cuts, side="left")),
            "micros": cuts - cuts.shift(1, fill_value=0),
        }
    )


def _copy_journals(account: Account, charges: pl.DataFrame, *, now: datetime) -> None:
    rows = charges.with_columns(
        account_id=pl.lit(account.pk),
        at=pl.lit(now.isoformat()),
        kind=pl.lit(Kind.USAGE.value),
        movement=pl.concat_str(pl.lit("-"), copying.decimal("micros")),
    )
    try:
        copying.copy_frame("credits_journal", rows.select(_JOURNAL))
    except IntegrityError as error:
        if _KEY_CONSTRAINT in str(error):
            raise book.AlreadyBooked(f"one of {charges.height} keys") from error
        raise


def _copy_entries(account: Account, parts: pl.DataFrame) -> None:
    amounts = parts.with_columns(account_id=pl.lit(account.pk), remaining=copying.decimal("micros"), open=pl.lit(True))
    entries = amounts.with_columns(amount=pl.concat_str(pl.lit("-"), "remaining"))
    copying.copy_frame("credits_entry", entries.select(_ENTRY))
    debts = amounts.filter(pl.col("lot_id").is_null()).with_columns(amount="remaining")
    if debts.height:
        copying.copy_frame("credits_debt", debts.select(_DEBT))
