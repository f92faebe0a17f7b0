"""Hold credit for a live call: reserve, extend, settle at the true cost, release, lapse by time.

A hold keeps named lots; what it keeps is nobody else's, and stays good for its call even if the lot expires meanwhile.
`reserve` to `release` are whole transactions. `keep`, `keep_more`, `end` and `let_go` are their parts for whoever holds
the account's lock already (inside `accounts.changing`) and does more in the same transaction.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from credits import accounts, spending, statements, sweeps
from credits.ledger import arrays, book, lots
from credits.ledger.debits import taken
from credits.ledger.posting import Kind, Posting
from credits.models import Account, Hold, Lot, Refund
from credits.models.holds import HoldQuerySet
from credits.spending import Free, Part
from subscriptions import money

#: A new hold with its parts, or more parts of a known one; what the lots hold follows.
_KEPT: Final = """
    given AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS given(lot_id, micros, place)),
    parts AS (
        INSERT INTO credits_holdpart (hold_id, lot_id, amount)
        SELECT hold.id, lot_id, micros * 0.000001 FROM hold, given ORDER BY place
            ON CONFLICT (hold_id, lot_id) DO UPDATE SET amount = credits_holdpart.amount + excluded.amount),
    lots AS (
        UPDATE credits_lot AS lot SET held = lot.held + given.micros * 0.000001
          FROM given WHERE lot.id = given.lot_id)
    SELECT id FROM hold"""
_KEEP: Final = f"""
    WITH hold AS (
        INSERT INTO credits_hold (account_id, key, state, amount, created_at, expires_at)
        VALUES (%s, %s, 'live', %s::bigint * 0.000001, %s, %s) RETURNING id),
    {_KEPT}"""  # noqa: S608  # our own words
_KEEP_MORE: Final = f"""
    WITH hold AS (
        UPDATE credits_hold SET amount = %s::bigint * 0.000001, expires_at = %s WHERE id = %s RETURNING id),
    {_KEPT}"""  # noqa: S608  # our own words
_LET_GO: Final = """
    WITH gone AS (DELETE FROM credits_holdpart WHERE hold_id = %s RETURNING id, lot_id, amount),
    lots AS (
        UPDATE credits_lot AS lot SET held = lot.held - gone.amount FROM gone WHERE lot.id = gone.lot_id)
    SELECT lot_id, (amount * 1000000)::bigint FROM gone ORDER BY id"""


class NotEnoughCredit(Exception):
    """Less is available than is to be held."""


class Conflict(Exception):
    """The key is known with another amount or another end: not a repetition, a mistake."""


class NoSuchHold(Exception):
    """The account has no hold under that key."""


class Closed(Exception):
    """The hold has been settled, released or has lapsed; it cannot be used any more."""


def reserve(account: Account, key: str, micros: int, *, until: datetime, now: datetime) -> Hold:
    """Hold so many millionths under that key until then. The same call again answers the same hold.

    Raises NotEnoughCredit, Conflict.
    """
    if micros <= 0:
        raise Conflict(key)
    with accounts.changing(account.pk, now=now) as locked:
        known = locked.holds.filter(key=key).first()
        if known is not None:
            if (known.amount, known.expires_at) != (money.from_micros(micros), until):
                raise Conflict(key)
            return known
        pk = keep(locked, key, micros, lots.free(locked, now=now), until=until, now=now)
        return locked.holds.get(pk=pk)


def extend(account: Account, key: str, micros: int, *, until: datetime, now: datetime) -> Hold:
    """Make a live hold hold so many millionths in all, until then; less than it holds changes only its end.

    Raises NoSuchHold, Closed, NotEnoughCredit (the hold then stays as it was).
    """
    with accounts.changing(account.pk, now=now) as locked:
        hold = _live(locked, key)
        keep_more(locked, hold, micros, lots.free(locked, now=now), until=until)
        return hold


def settle(account: Account, key: str, micros: int, *, why: str, now: datetime) -> Hold:
    """End the hold at the true cost: from what it keeps first, then other lots, then the overdraft; the rest is freed.

    A finished call is always booked. Settled already at the same cost: the first answer again, at another: Conflict.
    A hold that has lapsed or was released is settled all the same. Raises NoSuchHold.
    """
    if micros < 0:
        raise Conflict(key)
    with accounts.changing(account.pk, now=now) as locked:
        hold = _find(locked, key)
        if hold.state == Hold.State.SETTLED:
            if _cost(hold) != money.from_micros(micros):
                raise Conflict(key)
            return hold
        # By number: a hold's key may be as long as a journal's.
        end(locked, hold, micros, booked_as=f"hold:{hold.pk}", why=why, now=now)
        return hold


def release(account: Account, key: str, *, now: datetime) -> Hold:
    """Let go of what the hold keeps; a hold that keeps nothing any more is left as it is. Raises NoSuchHold."""
    with accounts.changing(account.pk, now=now) as locked:
        hold = _find(locked, key)
        let_go(locked, hold, Hold.State.RELEASED, now=now)
        return hold


def lapse_due(*, now: datetime, limit: int = 500) -> int:
    """Let go of holds whose time is over, account by account; answers how many.

    What keeps credit for a refund ends with the refund: until the provider has answered, it may have given it back.
    """
    due = _lapsed(Hold.objects.all(), now).order_by("expires_at").values_list("account_id", flat=True)
    lapsed: list[int] = []
    sweeps.each(sorted(set(due[:limit])), lambda account_id: lapsed.append(_lapse(account_id, now=now)))
    return sum(lapsed)


def _lapse(account_id: int, *, now: datetime) -> int:
    with accounts.changing(account_id, now=now) as account:
        over = list(_lapsed(account.holds.all(), now))
        for hold in over:
            let_go(account, hold, Hold.State.LAPSED, now=now)
    return len(over)


def _lapsed(held: HoldQuerySet, now: datetime) -> HoldQuerySet:
    return held.lapsed(at=now).exclude(refund__state__in=Refund.IN_FLIGHT)


def keep(account: Account, key: str, micros: int, free: Sequence[Free], *, until: datetime, now: datetime) -> int:
    """A new hold of so many millionths (above zero), of what `ledger.lots.free` has just answered; its id.

    Under the account's lock. Raises NotEnoughCredit.
    """
    keeping = to_keep(account, key, micros, free, until=until, now=now)
    statements.ask(keeping)
    ((pk,),) = keeping.found
    return int(pk)


def to_keep(
    account: Account, key: str, micros: int, free: Sequence[Free], *, until: datetime, now: datetime
) -> statements.Question:
    """`keep`, still to be asked, in the same transaction. The account has it among what is held already."""
    parts = _parts(account, micros, free)
    account.held += money.from_micros(micros)
    return statements.Question(_KEEP, [account.pk, key, micros, now, until, *_kept(parts)])


def keep_of(account: Account, lot: Lot, key: str, micros: int, *, until: datetime, now: datetime) -> int:
    """`keep`, of that very lot and no other, whatever the spending order; its id. Raises NotEnoughCredit."""
    own = Free(lot.pk, money.to_micros(lot.remaining - lot.held))
    return keep(account, key, micros, [own], until=until, now=now)


def keep_more(account: Account, hold: Hold, micros: int, free: Sequence[Free], *, until: datetime) -> None:
    """Make a live hold hold so many millionths in all, until then; less than it holds changes only its end.

    Under the account's lock. Raises NotEnoughCredit (nothing has changed then).
    """
    has = money.to_micros(hold.amount)
    parts = _parts(account, micros - has, free) if micros > has else []
    in_all = max(micros, has)
    statements.rows(_KEEP_MORE, [in_all, until, hold.pk, *_kept(parts)])
    account.held += money.from_micros(in_all - has)
    hold.amount, hold.expires_at = money.from_micros(in_all), until


def end(account: Account, hold: Hold | None, micros: int, *, booked_as: str, why: str, now: datetime) -> int | None:
    """Book what the finished call costs under that key, from what its hold still keeps first, and close the hold.

    What the hold does not cover is taken from other lots, then becomes overdraft; what it keeps beyond is freed. The
    journal's id, or None when the call cost nothing. Without a hold it is an ordinary debit. Under the account's lock.
    Raises AlreadyBooked.
    """
    own = _take_apart(account, hold) if hold else []
    journal = None
    if micros:
        (journal,) = book.write(account, [_charge(account, own, micros, booked_as, why, now=now)], now=now)
    if hold is not None:
        hold.journal_id = journal
        _close(hold, Hold.State.SETTLED, now=now)
    return journal


def let_go(account: Account, hold: Hold, state: Hold.State, *, now: datetime) -> None:
    """Free what a live hold keeps and close it so; any other is left as it is. Under the account's lock."""
    if hold.state == Hold.State.LIVE:
        _take_apart(account, hold)
        _close(hold, state, now=now)


def _parts(account: Account, micros: int, free: Sequence[Free]) -> list[Part]:
    if sum(lot.micros for lot in free) - money.to_micros(account.overdraft) < micros:
        raise NotEnoughCredit
    (parts,) = spending.allocate(free, [micros])
    return parts


def _kept(parts: Sequence[Part]) -> list[str]:
    # What is held was free, so each part names a lot.
    return [arrays.integers(part.lot or 0 for part in parts), arrays.integers(part.micros for part in parts)]


def _take_apart(account: Account, hold: Hold) -> list[Free]:
    """Take the hold's parts off its lots; answers what they kept, in the order in which they were taken."""
    kept = [Free(lot, micros) for lot, micros in statements.rows(_LET_GO, [hold.pk])]
    account.held -= money.from_micros(sum(part.micros for part in kept))
    return kept


def _charge(account: Account, own: list[Free], micros: int, key: str, why: str, *, now: datetime) -> Posting:
    """The call's cost: its own credit first, even of a lot that has expired, then what other lots have free."""
    kept: defaultdict[int, int] = defaultdict(int)
    for part in own:
        kept[part.lot] += part.micros
    others = [Free(lot.lot, lot.micros - kept[lot.lot]) for lot in lots.free(account, now=now)]
    (parts,) = spending.allocate([*own, *others], [micros])
    return Posting(Kind.USAGE, key, parts=taken(parts), why=why)


def _close(hold: Hold, state: Hold.State, *, now: datetime) -> None:
    hold.state, hold.closed_at = state, now
    hold.save(update_fields=["state", "closed_at", "journal"])


def _cost(hold: Hold) -> Decimal:
    return -hold.journal.movement if hold.journal else Decimal(0)


def _find(account: Account, key: str) -> Hold:
    hold = account.holds.select_related("journal").filter(key=key).first()
    if hold is None:
        raise NoSuchHold(key)
    return hold


def _live(account: Account, key: str) -> Hold:
    hold = _find(account, key)
    if hold.state != Hold.State.LIVE:
        raise Closed(key)
    return hold
