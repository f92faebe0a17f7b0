"""The expiry sweep: book the forfeit of lots past their expiry. They stopped being usable by themselves."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db.models import Count

from credits import accounts, ledger
from credits.models import Lot

#: So many lots, or one account's if it has more, are expired in one transaction: a fraction of a second.
_TOGETHER: Final = 2_000


def expire_due(*, now: datetime, limit: int = 100_000) -> int:
    """Expire what is overdue, about so many lots at most; answers how many.

    Many accounts in one transaction. Those that are busy meanwhile come last, each by itself, and are waited for.
    """
    busy: list[int] = []
    expired = 0
    for chosen in _due(now, limit):
        with accounts.changing_free(chosen, now=now) as ids:
            expired += ledger.expire_all(ids, now=now)
        busy += sorted(set(chosen) - set(ids))
    for account_id in busy:
        with accounts.changing(account_id, now=now) as account:
            expired += len(ledger.expire(account, now=now))
    return expired


def _due(now: datetime, limit: int) -> Iterator[list[int]]:
    """The accounts with overdue lots in id order, cut into what one transaction takes."""
    lapsed = Lot.objects.lapsed(at=now).order_by("account_id").values_list("account_id").annotate(lots=Count("pk"))
    chosen: list[int] = []
    filled = 0
    for account_id, lots in list(lapsed[:limit]):
        if chosen and filled + lots > _TOGETHER:
            yield chosen
            chosen, filled = [], 0
        chosen.append(account_id)
        filled += lots
        limit -= lots
        if limit <= 0:
            break
    if chosen:
        yield chosen
