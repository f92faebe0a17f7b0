"""Give back what charges took, each to the lots that paid for it, the last first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Correction:
    """So many millionths to give back of a charge (its journal's id), under a key of its own, and why."""

    charge: int
    micros: int
    key: str
    why: str


def correct(
    account: Account,
    charge: Journal,
    micros: int,
    *,
    key: str,
    why: str,
    now: datetime,
    actor: User | None = None,
) -> int:
    """Give back so many millionths of a charge: first what is still owed for it, then to its lots in reverse order.

    What came from a lot that has expired meanwhile goes into a new lot of kind correction, good for 30 days.
    Answers the id of the journal. Raises NothingToCorrect, AlreadyBooked.
    """
    (journal,) = correct_many(account, [Correction(charge.pk, micros, key, why)], now=now, actor=actor)
    return journal


def correct_many(
    account: Account, corrections: Sequence[Correction], *, now: datetime, actor: User | None = None
) -> list[int]:
    """The same for many charges, each named once: all or nothing, in as many statements as for one.

    Only what had come from expired lots takes a few more. The ids of the journals in the same order.
    Raises NothingToCorrect, AlreadyBooked.
    """
    charges = [correction.charge for correction in corrections]
    own = Journal.objects.filter(pk__in=charges, account=account, kind=Journal.Kind.USAGE).count()
    if own != len(charges):
        raise NothingToCorrect
    entries = _entries(charges)
    expired = _expired(account, entries, now=now)
    postings = []
    for correction in corrections:
        sources = list(_sources(entries[correction.charge], expired))
        if not 0 < correction.micros <= sum(source.micros for source in sources):
            raise NothingToCorrect
        (given,) = allocate(sources, [correction.micros])
        parts = _back_to_the_lots(account, given, expired, now=now)
        origin, by = correction.charge, actor.pk if actor else None
        postings.append(Posting(Kind.CORRECTION, correction.key, parts, why=correction.why, origin=origin, actor=by))
    return book.write(account, postings, now=now)


#: Stands for the overdraft among the sources; no lot has this id.
_OWED: Final = 0

_Entries = list[tuple[int, int]]


def _entries(charges: Sequence[int]) -> dict[int, _Entries]:
    """What each charge, its settlements and its corrections moved, in order: (lot or overdraft, millionths)."""
    found: dict[int, _Entries] = {charge: [] for charge in charges}
    # In two steps, each by an index: a condition on either the entry or its journal's origin would read every entry.
    charge_of = {charge: charge for charge in charges}
    charge_of |= dict(Journal.objects.filter(origin__in=charges).values_list("pk", "origin_id"))
    booked = Entry.objects.filter(journal__in=charge_of).order_by("pk")
    for journal, lot, amount in booked.values_list("journal_id", "lot_id", "amount"):
        found[charge_of[journal]].append((lot or _OWED, money.to_micros(amount)))
    return found


def _expired(account: Account, entries: dict[int, _Entries], *, now: datetime) -> set[int]:
    places = {place for moved in entries.values() for place, _ in moved}
    return set(account.lots.filter(pk__in=places, expires_at__lte=now).values_list("pk", flat=True))


def _sources(entries: Iterable[tuple[int, int]], expired: set[int]) -> Iterator[Free]:
    """What a charge still takes: of the overdraft, then of each lot, the one that paid last first."""
    taken: defaultdict[int, int] = defaultdict(int)
    order: list[int] = []
    for place, micros in entries:
        taken[place] -= micros
        if micros < 0:
            order = [other for other in order if other != place] + [place]
    # Earlier corrections into new lots gave back what expired lots had paid.
    elsewhere = -sum(micros for micros in taken.values() if micros < 0)
    order.sort(key=lambda place: place != _OWED, reverse=True)
    for place in reversed(order):
        micros = max(0, taken[place])
        if place in expired:
            already = min(elsewhere, micros)
            elsewhere, micros = elsewhere - already, micros - already
        if micros:
            yield Free(place, micros)


def _back_to_the_lots(account: Account, given: list[Part], expired: set[int], *, now: datetime) -> list[Part]:
    parts = [Part(None if part.lot == _OWED else part.lot, part.micros) for part in given if part.lot not in expired]
    lost = sum(part.micros for part in given if part.lot in expired)
    if lost:
        amount: Decimal = money.from_micros(lost)
        lot = make_lot(account, Lot.Kind.CORRECTION, amount, Terms(expires_at=now + GOOD_FOR), now=now)
        parts.append(Part(lot.pk, lost))
    return parts
