"""Give back what a charge took, to the lots that paid for it, the last first."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from credits.ledger import book
from credits.ledger.money_in import Terms, make_lot
from credits.ledger.posting import Kind, Posting
from credits.models import Account, Entry, Journal, Lot
from credits.spending import Free, Part, allocate
from subscriptions import money
from subscriptions.models import User

#: How long credit is good that cannot go back to its lot, because that has expired meanwhile.
GOOD_FOR: Final = timedelta(days=30)


class NothingToCorrect(Exception):
    """It is no charge of this account, did not take that much, or has been given back already."""


def correct(
    account: Account,
    charge: Journal,
    micros: int,
    *,
    key: str,
    why: str,
    now: datetime,
    actor: User | None = None,
) -> None:
    """Give back so many millionths of a charge: first what is still owed for it, then to its lots in reverse order.

    What came from a lot that has expired meanwhile goes into a new lot of kind correction, good for 30 days.
    Raises NothingToCorrect, AlreadyBooked.
    """
    if charge.account_id != account.pk or charge.kind != Kind.USAGE:
        raise NothingToCorrect
    sources = list(_sources(account, charge, now=now))
    if not 0 < micros <= sum(source.micros for source in sources):
        raise NothingToCorrect
    (given,) = allocate(sources, [micros])
    parts = _back_to_the_lots(account, given, now=now)
    posting = Posting(Kind.CORRECTION, key, parts=parts, why=why, origin=charge.pk, actor=actor.pk if actor else None)
    book.write(account, [posting], now=now)


#: Stands for the overdraft among the sources; no lot has this id.
_OWED: Final = 0


def _sources(account: Account, charge: Journal, *, now: datetime) -> Iterator[Free]:
    """What the charge still takes: of the overdraft, then of each lot, the one that paid last first."""
    taken: defaultdict[int, int] = defaultdict(int)
    order: list[int] = []
    of_charge = Entry.objects.filter(journal=charge) | Entry.objects.filter(journal__origin=charge)
    for lot, amount in of_charge.order_by("pk").values_list("lot_id", "amount"):
        place = lot or _OWED
        taken[place] -= money.to_micros(amount)
        if amount < 0:
            order = [other for other in order if other != place] + [place]
    # Earlier corrections into new lots gave back what expired lots had paid.
    elsewhere = -sum(micros for micros in taken.values() if micros < 0)
    expired = set(account.lots.filter(pk__in=taken, expires_at__lte=now).values_list("pk", flat=True))
    order.sort(key=lambda place: place != _OWED, reverse=True)
    for place in reversed(order):
        micros = max(0, taken[place])
        if place in expired:
            already = min(elsewhere, micros)
            elsewhere, micros = elsewhere - already, micros - already
        if micros:
            yield Free(place, micros)


def _back_to_the_lots(account: Account, given: list[Part], *, now: datetime) -> list[Part]:
    expired = set(
        account.lots.filter(pk__in=[part.lot for part in given], expires_at__lte=now).values_list("pk", flat=True)
    )
    parts = [Part(None if part.lot == _OWED else part.lot, part.micros) for part in given if part.lot not in expired]
    lost = sum(part.micros for part in given if part.lot in expired)
    if lost:
        amount: Decimal = money.from_micros(lost)
        lot = make_lot(account, Lot.Kind.CORRECTION, amount, Terms(expires_at=now + GOOD_FOR), now=now)
        parts.append(Part(lot.pk, lost))
    return parts
