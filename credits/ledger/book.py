"""Write postings: all journals, entries, lots and debts of a change in one statement.

The statement costs one round trip for one charge or for two hundred. Whoever calls holds the account's lock.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.utils import IntegrityError

from credits import statements
from credits.ledger import arrays
from credits.ledger.posting import TAKEN_BACK, Kind, Posting
from credits.models import Account
from subscriptions import money

_KEY_CONSTRAINT: Final = "one_journal_per_key"

#: Amounts travel as whole millionths: multiplying by a millionth is exact, and integers are the cheapest to send.
_WRITE: Final = """
WITH given AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
             WITH ORDINALITY AS given(kind, key, micros, why, origin_id, payment_id, actor_id, place)
), journals AS (
    INSERT INTO credits_journal (account_id, at, kind, key, movement, why, origin_id, payment_id, actor_id)
    SELECT %s::bigint, %s::timestamptz, kind, key, micros * 0.000001, why, origin_id, payment_id, actor_id
      FROM given ORDER BY place
    RETURNING id, key
), placed AS (
    SELECT journals.id, given.place FROM journals JOIN given USING (key)
), parts AS (
    SELECT placed.id AS journal_id, nullif(part.lot_id, 0) AS lot_id, part.micros * 0.000001 AS amount, part.turn
      FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) WITH ORDINALITY AS part(place, lot_id, micros, turn)
      JOIN placed USING (place)
), entries AS (
    INSERT INTO credits_entry (account_id, journal_id, lot_id, amount)
    SELECT %s::bigint, journal_id, lot_id, amount FROM parts ORDER BY turn
), owed AS (
    INSERT INTO credits_debt (journal_id, account_id, amount, remaining, open)
    SELECT journal_id, %s::bigint, -amount, -amount, true FROM parts WHERE lot_id IS NULL AND amount < 0
), paid AS (
    UPDATE credits_debt AS debt
       SET remaining = debt.remaining - paid.micros * 0.000001, open = debt.remaining > paid.micros * 0.000001
      FROM unnest(%s::bigint[], %s::bigint[]) AS paid(origin_id, micros) WHERE debt.journal_id = paid.origin_id
), lots AS (
    UPDATE credits_lot AS lot
       SET remaining = lot.remaining + moved.micros * 0.000001, open = lot.remaining + moved.micros * 0.000001 > 0,
           expired = lot.expired + moved.expired * 0.000001, voided = lot.voided + moved.voided * 0.000001
      FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS moved(lot_id, micros, expired, voided)
     WHERE lot.id = moved.lot_id
)
SELECT array_agg(id ORDER BY place) FROM placed"""


class AlreadyBooked(Exception):
    """The account has a journal under that key; twice is the same as once, and this was the second time."""


def write(account: Account, postings: Sequence[Posting], *, now: datetime) -> list[int]:
    """Book the postings, all or nothing; the ids of their journals in the same order. Raises AlreadyBooked.

    Adds to the account's balance and overdraft in memory; `accounts.changing` stores them.
    """
    if not postings:
        return []
    arguments: list[statements.Argument] = [
        *_journals(postings),
        account.pk,
        now,
        *_parts(postings),
        account.pk,
        account.pk,
        *_payments_of_debts(postings),
        *_moves_of_lots(postings),
    ]
    try:
        ((ids,),) = statements.rows(_WRITE, arguments)
    except IntegrityError as error:
        if _KEY_CONSTRAINT in str(error):
            raise AlreadyBooked(postings[0].key if len(postings) == 1 else f"one of {len(postings)} keys") from error
        raise
    account.balance += money.from_micros(sum(posting.movement for posting in postings))
    account.overdraft -= money.from_micros(
        sum(part.micros for posting in postings for part in posting.parts if part.lot is None)
    )
    return list(ids)


def _journals(postings: Sequence[Posting]) -> list[str | None]:
    return [
        arrays.texts([posting.kind for posting in postings]),
        arrays.texts([posting.key for posting in postings]),
        arrays.integers([posting.movement for posting in postings]),
        arrays.texts([posting.why for posting in postings]),
        arrays.some_integers([posting.origin for posting in postings]),
        arrays.some_integers([posting.payment for posting in postings]),
        arrays.some_integers([posting.actor for posting in postings]),
    ]


def _parts(postings: Sequence[Posting]) -> list[str | None]:
    placed = [(place, part) for place, posting in enumerate(postings, 1) for part in posting.parts]
    return [
        arrays.integers([place for place, _ in placed]),
        # No lot is the overdraft: nullif() in the statement.
        arrays.integers([part.lot or 0 for _, part in placed]),
        arrays.integers([part.micros for _, part in placed]),
    ]


def _payments_of_debts(postings: Sequence[Posting]) -> list[str | None]:
    """What settlements and corrections pay of what the charges they name still owe."""
    paid: defaultdict[int, int] = defaultdict(int)
    for posting in postings:
        if posting.origin is not None:
            paid[posting.origin] += sum(part.micros for part in posting.parts if part.lot is None)
    return [arrays.integers(paid), arrays.integers(paid.values())]


def _moves_of_lots(postings: Sequence[Posting]) -> list[str | None]:
    moved: defaultdict[int, int] = defaultdict(int)
    expired: defaultdict[int, int] = defaultdict(int)
    voided: defaultdict[int, int] = defaultdict(int)
    for posting in postings:
        for part in posting.parts:
            if part.lot is None:
                continue
            moved[part.lot] += part.micros
            if posting.kind == Kind.EXPIRY:
                expired[part.lot] -= part.micros
            elif posting.kind in TAKEN_BACK:
                voided[part.lot] -= part.micros
    return [
        arrays.integers(moved),
        arrays.integers(moved.values()),
        arrays.integers(expired[lot] for lot in moved),
        arrays.integers(voided[lot] for lot in moved),
    ]
