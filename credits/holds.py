"""Hold credit for a live call: reserve, extend, settle at the true cost, release, lapse by time.

A hold keeps named lots; what it keeps is nobody else's, and stays good for its call even if the lot expires meanwhile.
"""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from django.db.models import F

from credits import accounts, spending
from credits.ledger import book, lots
from credits.ledger.debits import taken
from credits.ledger.posting import Kind, Posting
from credits.models import Account, Hold, HoldPart, Lot
from credits.spending import Free, Part
from subscriptions import money


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
        amount = money.from_micros(micros)
        if known is not None:
            if (known.amount, known.expires_at) != (amount, until):
                raise Conflict(key)
            return known
        parts = _free_parts(locked, micros, now=now)
        hold = Hold.objects.create(account=locked, key=key, amount=amount, created_at=now, expires_at=until)
        _keep(locked, hold, parts)
        return hold


def extend(account: Account, key: str, micros: int, *, until: datetime, now: datetime) -> Hold:
    """Make a live hold hold so many millionths in all, until then; less than it holds changes only its end.

    Raises NoSuchHold, Closed, NotEnoughCredit (the hold then stays as it was).
    """
    with accounts.changing(account.pk, now=now) as locked:
        hold = _live(locked, key)
        more = micros - money.to_micros(hold.amount)
        if more > 0:
            _keep(locked, hold, _free_parts(locked, more, now=now))
            hold.amount = money.from_micros(micros)
        hold.expires_at = until
        hold.save(update_fields=["amount", "expires_at"])
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
        own = _let_go(locked, hold)
        if micros:
            (hold.journal_id,) = book.write(locked, [_charge(locked, hold, own, micros, why, now=now)], now=now)
        return _close(hold, Hold.State.SETTLED, now=now)


def release(account: Account, key: str, *, now: datetime) -> Hold:
    """Let go of what the hold keeps; a hold that keeps nothing any more is left as it is. Raises NoSuchHold."""
    with accounts.changing(account.pk, now=now) as locked:
        hold = _find(locked, key)
        if hold.state != Hold.State.LIVE:
            return hold
        _let_go(locked, hold)
        return _close(hold, Hold.State.RELEASED, now=now)


def lapse_due(*, now: datetime, limit: int = 500) -> int:
    """Let go of holds whose time is over, account by account; answers how many."""
    due = Hold.objects.lapsed(at=now).order_by("expires_at").values_list("account_id", flat=True)
    lapsed = 0
    for account_id in sorted(set(due[:limit])):
        with accounts.changing(account_id, now=now) as account:
            for hold in account.holds.lapsed(at=now):
                _let_go(account, hold)
                _close(hold, Hold.State.LAPSED, now=now)
                lapsed += 1
    return lapsed


def _free_parts(account: Account, micros: int, *, now: datetime) -> list[Part]:
    free = lots.free(account, now=now)
    if sum(lot.micros for lot in free) - money.to_micros(account.overdraft) < micros:
        raise NotEnoughCredit
    (parts,) = spending.allocate(free, [micros])
    return parts


def _keep(account: Account, hold: Hold, parts: list[Part]) -> None:
    """Add to what the hold keeps of each lot, and to what lots and account say is held."""
    known = {part.lot_id: part for part in hold.parts.all()}
    for part in parts:
        assert part.lot is not None, "what is held was free"  # noqa: S101
        amount = money.from_micros(part.micros)
        row = known.get(part.lot) or HoldPart(hold=hold, lot_id=part.lot, amount=Decimal(0))
        row.amount += amount
        row.save()
        Lot.objects.filter(pk=part.lot).update(held=F("held") + amount)
        account.held += amount


def _let_go(account: Account, hold: Hold) -> list[Free]:
    """Take the hold's parts off its lots; answers what they kept, in the order in which they were taken."""
    parts = list(hold.parts.order_by("pk"))
    for part in parts:
        Lot.objects.filter(pk=part.lot_id).update(held=F("held") - part.amount)
        account.held -= part.amount
    hold.parts.all().delete()
    return [Free(part.lot_id, money.to_micros(part.amount)) for part in parts]


def _charge(account: Account, hold: Hold, own: list[Free], micros: int, why: str, *, now: datetime) -> Posting:
    """The call's cost: its own credit first, even of a lot that has expired, then what other lots have free."""
    kept: defaultdict[int, int] = defaultdict(int)
    for part in own:
        kept[part.lot] += part.micros
    others = [Free(lot.lot, lot.micros - kept[lot.lot]) for lot in lots.free(account, now=now)]
    (parts,) = spending.allocate([*own, *others], [micros])
    # By number: a hold's key may be as long as a journal's.
    return Posting(Kind.USAGE, f"hold:{hold.pk}", parts=taken(parts), why=why)


def _close(hold: Hold, state: Hold.State, *, now: datetime) -> Hold:
    hold.state, hold.closed_at = state, now
    hold.save(update_fields=["state", "closed_at", "journal"])
    return hold


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
