"""The expiry sweep: book the forfeit of lots past their expiry. They stopped being usable by themselves.

Two brakes (reliability: 5.5). A worker whose clock is not the database's expires nothing. A run that would take far
more than usual waits for a person, who lets that one run through; see `sweep`.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from credits import accounts, brakes, ledger, statements, sweeps
from credits.models import Brake, ExpiryRun, Lot

logger = logging.getLogger(__name__)

#: So many lots, or one account's if it has more, are expired in one transaction: a fraction of a second.
_TOGETHER: Final = 2_000
_LIMIT: Final = 100_000
#: The worker's clock and the database's may differ by this much.
CLOCKS_AGREE_WITHIN: Final = timedelta(seconds=60)
#: A run stops and asks when it would take more than so many usual days, for each day whose lots are overdue, ...
USUAL_DAYS: Final = 5
#: ... or more than this share of all credit there is.
SHARE: Final = Decimal("0.2")
#: A usual day is the mean of the days of this time on which anything expired.
_MEMORY: Final = timedelta(days=90)
#: A released brake lets one run through, if it comes within this time.
_LET_THROUGH: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Overdue:
    """What a run would take: lots, what they would lose, and on how many days they expired."""

    lots: int
    amount: Decimal
    days: int


@dataclass(slots=True)
class _Taken:
    """What a run has taken so far."""

    lots: int = 0
    amount: Decimal = Decimal(0)

    def add(self, lots: int, amount: Decimal) -> None:
        """Count what one transaction took, after its commit."""
        self.lots += lots
        self.amount += amount


def sweep(*, now: datetime) -> int:
    """`expire_due`, if nothing speaks against it; answers how many lots. What every worker runs.

    Fewer lots than EXPIRY_BRAKE_LOTS are never too many: a ratio of a few lots says nothing. Amounts of all
    currencies are added up, and only ever compared with such sums.
    """
    if brakes.is_pulled(Brake.What.EXPIRY) or not _clocks_agree(now):
        return 0
    overdue = _overdue(now)
    if not overdue.lots:
        return 0
    if _is_let_through(now):
        # Whoever released the brake has seen these runs; they would stop the next sweep again.
        ExpiryRun.objects.filter(began_at__gt=now + CLOCKS_AGREE_WITHIN).delete()
        return expire_due(now=now, limit=max(_LIMIT, overdue.lots))
    if why := _against(overdue, now):
        brakes.pull(Brake.What.EXPIRY, why=why, now=now)
        return 0
    return expire_due(now=now)


def database_clock() -> datetime:
    """What the database takes for now."""
    ((at,),) = statements.rows("SELECT clock_timestamp()", [])
    told: datetime = at
    return told


def _clocks_agree(now: datetime) -> bool:
    apart = abs(database_clock() - now)
    if apart > CLOCKS_AGREE_WITHIN:
        # Only this worker stops: the others' clocks may be right.
        logger.critical("expiry: this worker's clock is %s off the database's; it expires nothing", apart)
    return apart <= CLOCKS_AGREE_WITHIN


def _overdue(now: datetime) -> _Overdue:
    days = Count(TruncDate("expires_at"), distinct=True)
    found = Lot.objects.lapsed(at=now).aggregate(lots=Count("pk"), amount=Sum(F("remaining") - F("held")), days=days)
    return _Overdue(found["lots"], found["amount"] or Decimal(0), found["days"])


def _against(overdue: _Overdue, now: datetime) -> str:
    """Why a person should look before this run; empty when nothing speaks against it."""
    future = ExpiryRun.objects.filter(began_at__gt=now + CLOCKS_AGREE_WITHIN).order_by("-began_at").first()
    if future is not None:
        return f"The last run is of {future.began_at:%Y-%m-%d %H:%M} UTC, which is yet to come"
    if overdue.lots < settings.EXPIRY_BRAKE_LOTS:
        return ""
    what = f"{overdue.lots} lots with {overdue.amount:f} would expire"
    credit = Lot.objects.filter(open=True).aggregate(left=Sum("remaining"))["left"]
    if overdue.amount > SHARE * credit:
        return f"{what}, of {credit:f} in all"
    usual = _usual_day(now)
    if usual is not None and overdue.amount > USUAL_DAYS * overdue.days * usual:
        return f"{what}, of {overdue.days} days; usual is {usual:.2f} a day"
    return ""


def _usual_day(now: datetime) -> Decimal | None:
    """What expires on a day on which anything does; None when nothing has lately."""
    runs = ExpiryRun.objects.filter(began_at__gte=now - _MEMORY).order_by()
    days = list(runs.annotate(day=TruncDate("began_at")).values("day").annotate(total=Sum("amount")))
    return sum((day["total"] for day in days), Decimal(0)) / len(days) if days else None


def _is_let_through(now: datetime) -> bool:
    """If a person has just released the brake, and no run has come since."""
    released = Brake.objects.filter(what=Brake.What.EXPIRY, released_at__gt=now - _LET_THROUGH)
    last = released.order_by("-released_at").first()
    return last is not None and not ExpiryRun.objects.filter(began_at__range=(last.released_at, now)).exists()


def expire_due(*, now: datetime, limit: int = _LIMIT) -> int:
    """Expire what is overdue, about so many lots at most; answers how many.

    Many accounts in one transaction. Those that are busy meanwhile, and those of a transaction that went wrong, come
    last, each by itself: one in trouble keeps no other waiting. A run that breaks off is remembered, too.
    """
    taken = _Taken()
    try:
        left = [account_id for chosen in _due(now, limit) for account_id in _expire_together(chosen, taken, now=now)]
        sweeps.each(left, lambda account_id: _expire_alone(account_id, taken, now=now))
    finally:
        if taken.lots:
            ExpiryRun.objects.create(began_at=now, lots=taken.lots, amount=taken.amount)
    return taken.lots


def _expire_together(chosen: list[int], taken: _Taken, *, now: datetime) -> list[int]:
    """Expire what these accounts have, in one transaction; answers those that are left to be done alone."""
    try:
        with accounts.changing_free(chosen, now=now) as ids:
            found = ledger.expire_all(ids, now=now)
    except Exception as error:
        if sweeps.is_cut(error):
            raise
        logger.exception("expiry: one of %s accounts is in trouble; each goes by itself", len(chosen))
        return chosen
    taken.add(*found)
    return sorted(set(chosen) - set(ids))


def _expire_alone(account_id: int, taken: _Taken, *, now: datetime) -> None:
    with accounts.changing(account_id, now=now) as account:
        lapsed = ledger.expire(account, now=now)
    taken.add(len(lapsed), sum((lot.remaining - lot.held for lot in lapsed), Decimal(0)))


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
