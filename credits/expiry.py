"""The expiry sweep: book the forfeit of lots past their expiry. They stopped being usable by themselves."""

from datetime import datetime

from credits import accounts, ledger
from credits.models import Lot


def expire_due(*, now: datetime, limit: int = 200) -> int:
    """Expire what is overdue, account by account, each in one transaction; answers how many lots."""
    accounts_due = Lot.objects.lapsed(at=now).order_by("account_id").values_list("account_id", flat=True).distinct()
    expired = 0
    for account_id in list(accounts_due[:limit]):
        with accounts.changing(account_id, now=now) as account:
            expired += len(ledger.expire(account, now=now))
    return expired
