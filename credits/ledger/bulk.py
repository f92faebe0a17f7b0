"""Book thousands of charges at once: the same as ledger.debit, written by COPY."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.utils import IntegrityError

from credits import spending
from credits.ledger import arrays, book, copying, lots
from credits.ledger.posting import Kind, bookable
from credits.models import Account
from subscriptions import money

_KEY_CONSTRAINT: Final = "one_journal_per_key"
_JOURNAL: Final = ("id", "account_id", "at", "kind", "key", "movement", "why")
_ENTRY: Final = ("account_id", "journal_id", "lot_id", "amount")
_DEBT: Final = ("journal_id", "account_id", "amount", "remaining", "open")
_MOVE_LOTS: Final = """
    UPDATE credits_lot AS lot
       SET remaining = lot.remaining - taken.micros * 0.000001, open = lot.remaining > taken.micros * 0.000001
      FROM unnest(%s::bigint[], %s::bigint[]) AS taken(lot_id, micros) WHERE lot.id = taken.lot_id"""


def debit_many(
    account: Account, keys: Sequence[str], amounts: Sequence[int], whys: Sequence[str], *, now: datetime
) -> list[int]:
    """Book the charges in the order given; `amounts` are whole millionths above zero, the three of equal length.

    The ids of their journals in the same order. All or nothing; raises AlreadyBooked, NotBookable.
    """
    if not keys:
        return []
    for micros in amounts:
        bookable(micros)
    split = spending.allocate(lots.free(account, now=now), amounts)
    journals = copying.ids("credits_journal", len(keys))
    _copy_journals(account, journals, keys, amounts, whys, now=now)
    taken: Counter[int | None] = Counter()
    entries: list[str] = []
    debts: list[str] = []
    for journal, parts in zip(journals, split, strict=True):
        for part in parts:
            taken[part.lot] += part.micros
            size = copying.amount(part.micros)
            if part.lot is None:
                entries.append(f"{account.pk}\t{journal}\t\\N\t-{size}\n")
                debts.append(f"{journal}\t{account.pk}\t{size}\t{size}\tt\n")
            else:
                entries.append(f"{account.pk}\t{journal}\t{part.lot}\t-{size}\n")
    copying.copy("credits_entry", _ENTRY, "".join(entries))
    if debts:
        copying.copy("credits_debt", _DEBT, "".join(debts))
    account.balance -= money.from_micros(sum(amounts))
    account.overdraft += money.from_micros(taken.pop(None, 0))
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_LOTS, [arrays.integers(lot for lot in taken if lot), arrays.integers(taken.values())])
    return journals


def _copy_journals(
    account: Account,
    journals: Sequence[int],
    keys: Sequence[str],
    amounts: Sequence[int],
    whys: Sequence[str],
    *,
    now: datetime,
) -> None:
    same = f"{account.pk}\t{now.isoformat()}\t{Kind.USAGE}"
    rows = [
        f"{journal}\t{same}\t{key}\t-{copying.amount(micros)}\t{why}\n"
        for journal, key, micros, why in zip(journals, copying.texts(keys), amounts, copying.texts(whys), strict=True)
    ]
    try:
        copying.copy("credits_journal", _JOURNAL, "".join(rows))
    except IntegrityError as error:
        if _KEY_CONSTRAINT in str(error):
            raise book.AlreadyBooked(f"one of {len(keys)} keys") from error
        raise
