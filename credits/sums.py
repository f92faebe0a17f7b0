"""The sweep that adds up journals by the quarter of an hour, so that a page over a year need not read them all.

None can be missed or counted twice. The place up to which an account's journals are added up moves with the sums, in
one transaction, under the account's lock: every journal is written under that lock and takes its number there, above
all numbers there are. The one exception are large files, whose journals have their numbers before the lock is taken;
they ask `reached` under it and take new numbers when the sums have overtaken them.
"""

import time
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from credits import sweeps
from credits.models import Account, Journal, SummedTo

#: So many journals are added up in one transaction: some hundredths of a second, which whoever charges has to wait.
CHUNK: Final = 10_000
#: Accounts that one round takes on.
_LIMIT: Final = 5_000
_ADD: Final = """
WITH chunk AS (
    SELECT id, at, kind, movement FROM credits_journal
     WHERE account_id = %(account)s AND id > %(reached)s ORDER BY id LIMIT %(chunk)s
), sums AS (
    INSERT INTO credits_journalsum AS known (account_id, begins_at, kind, movement, count)
    SELECT %(account)s, date_bin('15 minutes', at, 'epoch'), kind, sum(movement), count(*) FROM chunk GROUP BY 2, 3
    ON CONFLICT (account_id, begins_at, kind) DO UPDATE
       SET movement = known.movement + excluded.movement, count = known.count + excluded.count
), place AS (
    INSERT INTO credits_summedto (account_id, journal_id)
    SELECT %(account)s, max(id) FROM chunk HAVING count(*) > 0
    ON CONFLICT (account_id) DO UPDATE SET journal_id = excluded.journal_id
)
SELECT count(*) FROM chunk"""


def sum_due(*, now: datetime) -> int:
    """Add up what has been booked since the last time; answers how many accounts were taken to their end.

    Each account's newest number is looked up in the index, one look an account; no journal that has been added up is
    read again. What a round leaves is due as before. `now` is not asked: what is booked is due.
    """
    newest = Journal.objects.filter(account=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    behind = Account.objects.annotate(newest=Subquery(newest)).filter(newest__gt=Coalesce("summed_to__journal_id", 0))
    return sweeps.each(list(behind.order_by().values_list("pk", flat=True)[:_LIMIT]), sum_account)


def sum_account(account_id: int) -> None:
    """Add up what the account has, a chunk a transaction, for no longer than a sweep may take."""
    until = time.monotonic() + sweeps.ENOUGH
    while sum_chunk(account_id) == CHUNK and time.monotonic() < until:
        pass


@transaction.atomic(durable=True)
def sum_chunk(account_id: int) -> int:
    """Add up the account's next journals and move its place behind them, or neither; how many they were.

    The lock is a statement of its own: one that also read would go on, after waiting, with what there was before.
    """
    Account.objects.select_for_update().values_list("pk").get(pk=account_id)
    with connection.cursor() as cursor:
        cursor.execute(_ADD, {"account": account_id, "reached": reached(account_id), "chunk": CHUNK})
        (added,) = cursor.fetchone()
    return int(added)


def reached(account_id: int) -> int:
    """The number of the last journal that is added up; 0 when none is. Under the account's lock it stays so."""
    return SummedTo.objects.filter(pk=account_id).values_list("journal_id", flat=True).first() or 0
